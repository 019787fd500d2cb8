"""The benchmarks: `scripts/bench [NAME]`. docs/benchmarks.md says what each measures."""
