using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;
using Microsoft.ML.OnnxRuntime;

namespace Lr2vq.Conformance;

/// <summary>A network with its weights as they are, and inputs that it accepts: of one size, or of two where dimensions are symbols.</summary>
internal sealed class ManagedNetwork : IDisposable
{
    private const int Rounds = 5, Sizes = 2;

    private readonly string _file, _path;
    private readonly ManagedChain _chain;

    /// <exception cref="Lr2vq.Diagnostics.DiagnosticException">The network is refused.</exception>
    public ManagedNetwork(string file, string path)
    {
        (_file, _path) = (file, path);
        FixedInputs given = TestNetworks.FixedOf(file);
        _chain = new ManagedChain(path, ManagedChain.Exact with { Fixed = given }, new Lr2vq.SessionOptions { Threads = 1 });
        using OpenedNetwork network = new(path, given);
        Samples = [.. network.Accepted(sample => _chain.Run(network.Named(sample)), Sizes, change: sample => WithStrokes(network.Planned.Plan, sample)).Select(network.Named)];
    }

    /// <summary>Inputs of the network, as it is compressed.</summary>
    public IReadOnlyList<(string Name, HostTensor Value)[]> Samples { get; }

    /// <param name="optimize">Whether ONNX Runtime may rewrite the graph.</param>
    public NetworkRow Compare(bool optimize)
    {
        using OrtOracle oracle = new(_path, optimize: optimize);
        double worst = 0;
        foreach ((string Name, HostTensor Value)[] inputs in Samples)
        {
            HostTensor[] expected;
            try
            {
                expected = oracle.Run([.. inputs.Concat(TestNetworks.GivenTo(_file)).Where(input => oracle.InputNames.Contains(input.Name))]);
            }
            catch (OnnxRuntimeException e)
            {
                return new NetworkRow(_file, -1, Text(inputs), 0, e.Message);
            }
            HostTensor[] actual = _chain.Run(inputs);
            for (int o = 0; o < expected.Length; o++) worst = Math.Max(worst, Error(expected[o], actual[o]));
        }
        return new NetworkRow(_file, worst, string.Join("; ", Samples.Select(Text)), Median(() => _chain.Run(Samples[0])), null);
    }

    public void Dispose() => _chain.Dispose();

    /// <summary>Detectors see strokes: without anything to see their outputs are all rounding.</summary>
    private InputSample WithStrokes(Plan plan, InputSample sample) => new([.. plan.Inputs.Zip(sample.Values, (port, value) =>
        SampleShapes.IsPicture(port) && port.Type == ElementType.Float32 ? new NpyFile(value.Type, value.Shape, StrokePicture.Of(value.Shape, TestNetworks.TakesBytes(_file)).Bytes) : value)]);

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
