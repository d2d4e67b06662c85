"""What every runner of a torch model shares: holding its weights, loading them whole, progress, cancel, measuring."""
