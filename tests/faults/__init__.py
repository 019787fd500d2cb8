"""What may break, broken in the middle of a flood; then nothing may be lost or doubled."""
