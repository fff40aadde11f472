using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Microsoft.ML.OnnxRuntime;

namespace Lr2vq.Conformance;

/// <summary>Networks with their weights as they are against ONNX Runtime.</summary>
/// <param name="only">Part of the names of the networks to run; null for all.</param>
internal sealed class NetworksCommand(string? only)
{
    private const double Bar = 1e-4;
    private const int Rounds = 5, Sizes = 2;

    /// <summary>Inputs and dimensions that a network's own graph wants as numbers.</summary>
    private static readonly Dictionary<string, (string Constants, string Dimensions)> s_fixed = new()
    {
        ["field/silero_half.onnx"] = ("", "sequence=576"),
        ["silero_vad_v5.onnx"] = (Rate, "d1=576"),
        ["silero_vad_legacy.onnx"] = (Rate, ""),
    };

    private const string Rate = "sr=16000";

    /// <param name="json">Where the figures go; null for nowhere.</param>
    /// <returns>False if a network is not run or not near.</returns>
    public bool Run(string? json)
    {
        List<NetworkRow> rows = [];
        foreach (string file in Files().Where(file => only is null || file.Contains(only, StringComparison.Ordinal)))
        {
            NetworkRow row = Measure(file);
            rows.Add(row);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Name}: {row.MaxRelError:G3} of the largest output, {row.Ms:F2} ms; {row.Inputs}{(row.Problem is null ? "" : "; " + row.Problem)}"));
        }
        if (json is not null) Figures.Write(json, rows);
        int near = rows.Count(IsNear);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{near} of {rows.Count} networks within {Bar:G1} of the largest output"));
        return near == rows.Count;
    }

    private static bool IsNear(NetworkRow row) => row.MaxRelError is >= 0 and <= Bar;

    private static IEnumerable<string> Files() =>
        [.. TestData.Models, .. Folder("field"), .. NpmModels.Files.Where(file => file.EndsWith(".onnx", StringComparison.Ordinal)), .. Folder("light")];

    private static IEnumerable<string> Folder(string name)
    {
        string folder = Path.Combine(TestData.Folder, "models", name);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.onnx").Select(path => $"{name}/{Path.GetFileName(path)}").Order(StringComparer.Ordinal) : [];
    }

    private static NetworkRow Measure(string file)
    {
        if (TestData.FindModel(file, out string missing) is not { } path) return new NetworkRow(file, -1, "", 0, missing);
        if (file.StartsWith("light/", StringComparison.Ordinal)) path = LightModel.Filled(path);
        (string constants, string dimensions) = s_fixed.GetValueOrDefault(file, ("", ""));
        try
        {
            DiagnosticBag bag = new();
            ModelOptions options = OptionParser.Parse([new("Preset", "Lossless"), new("Constants", constants), new("Dimensions", dimensions)], null, bag);
            bag.ThrowIfErrors();
            using ManagedChain chain = new(path, options, new Lr2vq.SessionOptions { Threads = 1 });
            List<InputSample> samples = Samples(path, options.Fixed, chain);
            // The original still asks for what is fixed.
            (string, HostTensor)[] more = constants.Length == 0 ? [] : [("sr", HostTensor.Scalar(16000L))];
            NetworkRow row = Compare(file, path, chain, samples, more, optimize: true);
            if (IsNear(row)) return row;
            NetworkRow plain = Compare(file, path, chain, samples, more, optimize: false);
            return plain with { Problem = string.Create(CultureInfo.InvariantCulture, $"{row.MaxRelError:G3} from ONNX Runtime with graph optimizations") };
        }
        catch (DiagnosticException e)
        {
            return new NetworkRow(file, -1, "", 0, e.Diagnostics[0].ToString());
        }
    }

    private static NetworkRow Compare(string file, string path, ManagedChain chain, List<InputSample> samples, (string, HostTensor)[] more, bool optimize)
    {
        using OrtOracle oracle = new(path, optimize: optimize);
        double worst = 0, ms = 0;
        List<string> shapes = [];
        foreach (InputSample sample in samples)
        {
            (string, HostTensor)[] inputs = Inputs(chain, sample);
            HostTensor[] expected;
            try
            {
                expected = oracle.Run([.. inputs.Concat(more).Where(input => oracle.InputNames.Contains(input.Item1))]);
            }
            catch (OnnxRuntimeException e)
            {
                return new NetworkRow(file, -1, Text(inputs), 0, e.Message);
            }
            HostTensor[] actual = chain.Run(inputs);
            for (int o = 0; o < expected.Length; o++) worst = Math.Max(worst, Error(expected[o], actual[o]));
            if (shapes.Count == 0) ms = Median(() => chain.Run(inputs));
            shapes.Add(Text(inputs));
        }
        return new NetworkRow(file, worst, string.Join("; ", shapes), ms, null);
    }

    /// <summary>Inputs of one size, or two where dimensions are symbols, that the network accepts.</summary>
    private static List<InputSample> Samples(string path, FixedInputs given, ManagedChain chain)
    {
        DiagnosticBag bag = new();
        using OnnxModel? model = ModelCompressor.Open(path, given, bag);
        bag.ThrowIfErrors();
        PlannedNetwork? planned = Planner.Plan(model!, "network", path, given, bag);
        bag.ThrowIfErrors();
        Dictionary<string, InputSample> accepted = [];
        Exception? last = null;
        foreach (int[][] shapes in SampleShapes.Of(planned!.Plan))
        {
            string text = SampleShapes.Text(planned.Plan, shapes);
            for (int plain = 0; plain < 4 && accepted.Count < Sizes && !accepted.ContainsKey(text); plain++)
            {
                // Line detectors take pictures as bytes.
                bool bytes = Path.GetFileName(path).StartsWith("mlsd", StringComparison.Ordinal);
                InputSample sample = WithStrokes(planned.Plan, new GeneratedInputs(planned, shapes, 0, PreProcessing.None).Make(accepted.Count, plain), bytes);
                try
                {
                    chain.Run(Inputs(chain, sample));
                    accepted[text] = sample;
                }
                catch (ArgumentException e)
                {
                    last = e;
                }
            }
            if (accepted.Count == Sizes) break;
        }
        return accepted.Count > 0 ? [.. accepted.Values] : throw new InvalidOperationException($"{path} accepts no inputs", last);
    }

    /// <summary>Detectors see strokes: without anything to see their outputs are all rounding.</summary>
    private static InputSample WithStrokes(Plan plan, InputSample sample, bool bytes) =>
        new([.. plan.Inputs.Zip(sample.Values, (port, value) => SampleShapes.IsPicture(port) && port.Type == ElementType.Float32 ? new NpyFile(value.Type, value.Shape, StrokePicture.Of(value.Shape, bytes).Bytes) : value)]);

    private static (string, HostTensor)[] Inputs(ManagedChain chain, InputSample sample) =>
        [.. chain.Compressed.Plan.Inputs.Zip(sample.Values).Select(pair => (pair.First.Name, new HostTensor(pair.Second.Type, pair.Second.Shape, pair.Second.Bytes)))];

    private static string Text((string Name, HostTensor Value)[] inputs) => string.Join(" ", inputs.Select(input => $"{input.Name} [{string.Join(',', input.Value.Shape)}]"));

    private static double Error(HostTensor expected, HostTensor actual)
    {
        if (expected.Type != actual.Type || !expected.Shape.AsSpan().SequenceEqual(actual.Shape)) return double.PositiveInfinity;
        double[] wanted = expected.ToDoubles(), found = actual.ToDoubles();
        double largest = 0, most = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            if (double.IsFinite(wanted[i])) largest = Math.Max(largest, Math.Abs(wanted[i]));
            if (wanted[i] == found[i] || (double.IsNaN(wanted[i]) && double.IsNaN(found[i]))) continue;
            double apart = Math.Abs(wanted[i] - found[i]);
            most = double.IsFinite(apart) ? Math.Max(most, apart) : double.PositiveInfinity;
        }
        return most == 0 ? 0 : largest == 0 ? most : most / largest;
    }

    private static double Median(Action run)
    {
        double[] times = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        return times.Order().ElementAt(Rounds / 2);
    }
}
