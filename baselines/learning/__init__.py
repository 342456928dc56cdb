"""What the baselines' algorithms share: estimates, updates, rollouts, tests, results."""
