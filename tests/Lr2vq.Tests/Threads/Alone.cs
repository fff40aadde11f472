using System;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Threads;

/// <summary>Tests that set the process's limit of threads run when no others do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";

    /// <summary>Lets as many threads compute as asked for, whatever the machine has.</summary>
    internal static Limited Limit(int threads)
    {
        int before = ThreadBudget.Limit;
        ThreadBudget.Limit = threads;
        return new Limited(before);
    }

    internal readonly struct Limited(int before) : IDisposable
    {
        public void Dispose() => ThreadBudget.Limit = before;
    }
}
