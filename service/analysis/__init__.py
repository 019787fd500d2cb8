"""What is asked of everybody's journeys and takes long: at once, or as a job that is kept."""
