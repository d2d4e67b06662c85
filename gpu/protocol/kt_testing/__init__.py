"""For the tests of runners: a runner as the appliance sees it."""
