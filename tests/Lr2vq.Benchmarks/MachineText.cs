using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Microsoft.ML.OnnxRuntime;

namespace Lr2vq.Benchmarks;

/// <summary>Says on what figures were measured.</summary>
internal static class MachineText
{
    /// <summary>Processor, number of processors, .NET and ONNX Runtime.</summary>
    public static string Current { get; } = string.Create(CultureInfo.InvariantCulture,
        $"{Processor()}, {Environment.ProcessorCount} processors; .NET {Environment.Version}; ONNX Runtime {OrtEnv.Instance().GetVersionString()}");

    private static string Processor()
    {
        const string file = "/proc/cpuinfo";
        if (!File.Exists(file)) return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
        Dictionary<string, string> first = File.ReadLines(file).TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        // Virtual machines hide the model's name; family and model tell the generation.
        string widest = first.GetValueOrDefault("flags", "").Split(' ') switch
        {
            var flags when flags.Contains("avx512f") => "AVX-512",
            var flags when flags.Contains("avx2") => "AVX2",
            _ => "128-bit vectors",
        };
        return $"{first.GetValueOrDefault("model name", "unknown processor")} (family {first.GetValueOrDefault("cpu family", "?")}, model {first.GetValueOrDefault("model", "?")}) with {widest}";
    }
}
