using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace Lr2vq.Benchmarks;

/// <summary>The main program of what the benchmark <c>load</c> starts: makes a model, calls it, prints a line for each figure.</summary>
internal static class StartupProgram
{
    /// <param name="args">The time stamp (<see cref="Stopwatch"/>) of whoever started the process.</param>
    /// <param name="create">Loads ResNet-18; gives the function that computes its outputs.</param>
    public static int Run(string[] args, Func<Action<float[], float[]>> create)
    {
        // Measured first, printed last: printing needs code and memory too.
        double bare = Resident("VmRSS");
        float[] input = Ramp(3 * 224 * 224), logits = new float[1000];
        long start = Stopwatch.GetTimestamp();
        Action<float[], float[]> predict = create();
        double createMs = Since(start), created = Resident("VmRSS");
        start = Stopwatch.GetTimestamp();
        predict(input, logits);
        double firstMs = Since(start), totalMs = args.Length > 0 ? Since(long.Parse(args[0], CultureInfo.InvariantCulture)) : double.NaN;
        double resident = Resident("VmRSS"), peak = Resident("VmHWM");
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 5; i++) predict(input, logits);
        double nextMs = Since(start) / 5;
        Print("bareMiB", bare);
        Print("createMs", createMs);
        Print("createdMiB", created);
        Print("firstMs", firstMs);
        Print("startToOutputMs", totalMs);
        Print("residentMiB", resident);
        Print("peakMiB", peak);
        Print("nextMs", nextMs);
        Print("laterMiB", Resident("VmRSS"));
        Print("largestLogit", Array.IndexOf(logits, Largest(logits)));
        return 0;
    }

    /// <summary>A loop of its own: in a large method the JIT would compile the whole of it again.</summary>
    private static float[] Ramp(int length)
    {
        var values = new float[length];
        for (int i = 0; i < length; i++) values[i] = i % 255 / 127f - 1;
        return values;
    }

    private static double Since(long start) => (Stopwatch.GetTimestamp() - start) * 1e3 / Stopwatch.Frequency;

    /// <summary>A figure of /proc/self/status in MiB; NaN elsewhere than on Linux.</summary>
    private static double Resident(string field)
    {
        if (!OperatingSystem.IsLinux()) return double.NaN;
        foreach (string line in File.ReadAllLines("/proc/self/status"))
            if (line.StartsWith(field, StringComparison.Ordinal))
                return double.Parse(line.AsSpan(field.Length + 1, line.Length - field.Length - 3), CultureInfo.InvariantCulture) / 1024;
        return double.NaN;
    }

    private static float Largest(float[] values)
    {
        float largest = values[0];
        foreach (float value in values) largest = Math.Max(largest, value);
        return largest;
    }

    private static void Print(string name, double value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:R}"));
}
