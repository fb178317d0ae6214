using Xunit.Sdk;
using Xunit.v3;

// The session behind the boundary belongs to the whole process, and some tests measure time.
[assembly: Parallelization(Mode = ParallelMode.None)]
