//! Given/when/then, conformance suites and a service to test against.
