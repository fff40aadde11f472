using System;

namespace Lr2vq.Benchmarks;

/// <summary>Whole networks with compressed weights against ONNX Runtime.</summary>
internal static class PeersBench
{
    public static int Run(BenchmarkOptions options)
    {
        Console.WriteLine($"no case matches '{options.Only}'");
        return 0;
    }
}
