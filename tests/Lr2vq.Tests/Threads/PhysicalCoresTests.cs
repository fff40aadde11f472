using System;
using System.IO;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Threads;

public sealed class PhysicalCoresTests
{
    [Theory]
    [InlineData(4, 2, 4, 2), InlineData(4, 1, 4, 4), InlineData(8, 2, 16, 4)]
    [InlineData(8, 2, 4, 2), InlineData(8, 2, 1, 1), InlineData(4, 1, 3, 3)]     // fewer processors may be used than there are
    public void CoresAreCountedBySiblings(int processors, int threadsPerCore, int usable, int expected)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-cores").FullName;
        try
        {
            Assert.Equal(0, PhysicalCores.OnLinux(folder, usable));
            for (int cpu = 0; cpu < processors; cpu++)
            {
                string topology = Path.Combine(folder, FormattableString.Invariant($"cpu{cpu}"), "topology");
                Directory.CreateDirectory(topology);
                int first = cpu / threadsPerCore * threadsPerCore;
                File.WriteAllText(Path.Combine(topology, "thread_siblings_list"), FormattableString.Invariant($"{first}-{first + threadsPerCore - 1}\n"));
            }
            Assert.Equal(expected, PhysicalCores.OnLinux(folder, usable));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
