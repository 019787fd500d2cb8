"""Attribution: which touchpoints have how much of the conversions that their paths led to. Pure."""
