using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
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

    /// <summary>What ONNX Runtime changes of its own outputs by rewriting the graph.</summary>
    public double OptimizationError
    {
        get
        {
            using OrtOracle plain = new(_path, optimize: false), fused = new(_path);
            return Samples.Max(inputs =>
            {
                (string, HostTensor)[] given = [.. inputs.Concat(TestNetworks.GivenTo(_file)).Where(input => plain.InputNames.Contains(input.Name))];
                return plain.Run(given).Zip(fused.Run(given), Error).Max();
            });
        }
    }

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

    /// <summary>Our outputs, and those of ONNX Runtime, against its own with f64 in the place of f32: where the two differ, one of them has lost digits.</summary>
    /// <returns>Errors as <see cref="NetworkRow.MaxRelError"/>; null where ONNX Runtime does not compute the network in f64.</returns>
    public (double Ours, double Theirs)? CompareWide()
    {
        try
        {
            using OrtOracle wide = new(DoubleModel.Of(File.ReadAllBytes(_path)), optimize: false), narrow = new(_path, optimize: false);
            double ours = 0, theirs = 0;
            foreach ((string Name, HostTensor Value)[] inputs in Samples)
            {
                (string Name, HostTensor Value)[] given = [.. inputs.Concat(TestNetworks.GivenTo(_file)).Where(input => wide.InputNames.Contains(input.Name))];
                HostTensor[] expected = wide.Run([.. given.Select(input => (input.Name, DoubleModel.Of(input.Value)))]), other = narrow.Run(given), actual = _chain.Run(inputs);
                for (int o = 0; o < expected.Length; o++)
                {
                    ours = Math.Max(ours, Error(expected[o], DoubleModel.Of(actual[o])));
                    theirs = Math.Max(theirs, Error(expected[o], DoubleModel.Of(other[o])));
                }
            }
            return (ours, theirs);
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }

    /// <summary>For a network that asks whether floats are equal. ONNX Runtime, given our answers, must compute our outputs; and the answers may differ only where the operands
    /// are as near to each other as two programs are.</summary>
    /// <param name="bar">How near that is, ÷ the largest operand.</param>
    /// <returns>The largest error of operands and outputs, and how many answers differ; null if the network asks nothing, or an answer differs that is no tie.</returns>
    public (double Error, int Ties)? CompareDecided(double bar)
    {
        if (DecidingModel.Of(_path) is not { } model) return null;
        using OrtOracle watched = new(model.Watched, optimize: false), told = new(model.Told, optimize: false);
        using ManagedChain chain = ManagedChain.Of(model.Watched, new Lr2vq.SessionOptions { Threads = 1 }, ManagedChain.Exact with { Fixed = TestNetworks.FixedOf(_file) });
        double worst = 0;
        int ties = 0;
        foreach ((string Name, HostTensor Value)[] inputs in Samples)
        {
            HostTensor[] expected = watched.Run(inputs), actual = chain.Run(inputs), own = _chain.Run(inputs);
            // What is watched must be the network itself.
            for (int o = 0; o < own.Length; o++)
                if (!own[o].Bytes.AsSpan().SequenceEqual(actual[o].Bytes)) return null;
            HostTensor Of(HostTensor[] outputs, string name) => outputs[watched.OutputNames.ToList().LastIndexOf(name)];
            foreach (string operand in model.Operands) worst = Math.Max(worst, Error(Of(expected, operand), Of(actual, operand)));
            for (int q = 0; q < model.Answers.Count; q++)
            {
                double[] left = Of(expected, model.Operands[2 * q]).ToDoubles(), right = Of(expected, model.Operands[2 * q + 1]).ToDoubles();
                HostTensor theirs = Of(expected, model.Answers[q]), ours = Of(actual, model.Answers[q]);
                if (left.Length != right.Length || ours.Length != left.Length) return null;
                double near = bar * left.Max(Math.Abs);
                for (int i = 0; i < left.Length; i++)
                {
                    if (theirs.Bytes[i] == ours.Bytes[i]) continue;
                    if (!(Math.Abs(left[i] - right[i]) <= near)) return null;
                    ties++;
                }
            }
            HostTensor[] decided = told.Run([.. inputs, .. model.Answers.Select(answer => (answer, Of(actual, answer)))]);
            for (int o = 0; o < own.Length; o++) worst = Math.Max(worst, Error(decided[o], own[o]));
        }
        return (worst, ties);
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
