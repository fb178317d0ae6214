using Xunit.Sdk;
using Xunit.v3;

// Environment variables and the module's token cache belong to the whole process.
[assembly: Parallelization(Mode = ParallelMode.None)]
