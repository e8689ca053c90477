"""The conformance suite (`convformance.tests.conformance`, shipped) and the tests of this project (`tests/unit`)."""
