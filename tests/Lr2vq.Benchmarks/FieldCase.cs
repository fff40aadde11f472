using System;
using System.Collections.Generic;
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
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>A published network, compressed, with inputs that it accepts.</summary>
internal sealed class FieldCase : IDisposable
{
    /// <summary>Inputs and dimensions without which a network is refused.</summary>
    private static readonly Dictionary<string, FixedInputs> s_fixed = new()
    {
        ["silero_half.onnx"] = Fixed("sequence", rate: false), ["silero_vad_v5.onnx"] = Fixed("d1", rate: true), ["silero_vad_legacy.onnx"] = Fixed("", rate: true),
    };

    private const string Rate = "sr";

    private readonly string _path;
    private readonly ModelOptions _options;
    private NpyFile[] _values = [];

    private FieldCase(string path, ModelOptions options, int threads)
    {
        (_path, _options) = (path, options);
        Model = PlanRunner.Load(PeersBench.Artifact(path, options), new SessionOptions { Threads = threads });
        Session = Model.CreateSession();
    }

    public PlanRunner Model { get; }
    public ModelSession Session { get; }

    private static FixedInputs Fixed(string dimension, bool rate) => new(
        dimension.Length == 0 ? new Dictionary<string, long>() : new Dictionary<string, long> { [dimension] = 576 }, rate ? new Dictionary<string, string> { [Rate] = "16000" } : new Dictionary<string, string>());

    /// <exception cref="DiagnosticException">The network is refused.</exception>
    public static FieldCase Open(string path, Preset preset, int threads)
    {
        ModelOptions options = new() { Compression = new() { Preset = preset }, Fixed = s_fixed.GetValueOrDefault(Path.GetFileName(path), FixedInputs.None) };
        return new FieldCase(path, options, threads);
    }

    /// <summary>Looks for inputs that this network and another program accept; from then on <see cref="Run"/> takes them.</summary>
    /// <param name="other">Gives outputs for named inputs.</param>
    /// <param name="expected">What the other program makes of them.</param>
    public (string, HostTensor)[] FindInputs(Func<(string, HostTensor)[], HostTensor[]> other, out HostTensor[] expected)
    {
        var bag = new DiagnosticBag();
        using OnnxModel? model = ModelCompressor.Open(_path, _options.Fixed, bag);
        PlannedNetwork? planned = model is null ? null : Planner.Plan(model, "network", _path, _options.Fixed, bag);
        bag.ThrowIfErrors();
        Exception? last = null;
        foreach (int[][] shapes in SampleShapes.Of(planned!.Plan))
            for (int plain = 0; plain < 4; plain++)
            {
                _values = [.. new GeneratedInputs(planned, shapes, 0, PreProcessing.None).Make(0, plain).Values];
                try
                {
                    Run();
                    (string, HostTensor)[] inputs = [.. planned.Plan.Inputs.Zip(_values, (input, value) => (input.Name, new HostTensor(value.Type, value.Shape, value.Bytes)))];
                    // The original still asks for what is fixed.
                    if (_options.Fixed.Constants.Count > 0) inputs = [.. inputs, (Rate, HostTensor.Scalar(16000L))];
                    expected = other(inputs);
                    return inputs;
                }
                catch (Exception problem) when (problem is ArgumentException or Microsoft.ML.OnnxRuntime.OnnxRuntimeException)
                {
                    last = problem;
                }
            }
        throw new InvalidOperationException($"{_path}: no input is accepted", last);
    }

    /// <summary>One call, inputs included.</summary>
    public void Run()
    {
        for (int i = 0; i < _values.Length; i++) Session.SetInputBytes(i, _values[i].Bytes, _values[i].Shape);
        Session.Run();
    }

    public void Dispose()
    {
        Session.Dispose();
        Model.Dispose();
    }
}
