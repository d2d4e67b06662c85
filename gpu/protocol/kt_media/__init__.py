"""Files in and out of a runner: pictures, sound, film."""
