using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;

namespace Lr2vq.Benchmarks;

/// <summary>A published network, compressed, with inputs that it accepts.</summary>
internal sealed class FieldCase : IDisposable
{
    private readonly string _file, _path;
    private IReadOnlyList<NpyFile> _values = [];

    /// <param name="file">As <see cref="TestNetworks"/> calls it.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="preset">How it is compressed.</param>
    /// <param name="threads">Threads of a call.</param>
    /// <exception cref="DiagnosticException">The network is refused.</exception>
    public FieldCase(string file, string path, Preset preset, int threads)
    {
        (_file, _path) = (file, path);
        ModelOptions options = new() { Compression = new() { Preset = preset }, Fixed = TestNetworks.FixedOf(file) };
        Model = PlanRunner.Load(PeersBench.Artifact(path, options), new SessionOptions { Threads = threads });
        Session = Model.CreateSession();
    }

    public PlanRunner Model { get; }
    public ModelSession Session { get; }

    /// <summary>Looks for inputs that this network and another program accept; from then on <see cref="Run"/> takes them.</summary>
    /// <param name="other">Gives outputs for named inputs.</param>
    /// <param name="expected">What the other program makes of them.</param>
    public (string, HostTensor)[] FindInputs(Func<(string, HostTensor)[], HostTensor[]> other, out HostTensor[] expected)
    {
        using OpenedNetwork network = new(_path, TestNetworks.FixedOf(_file));
        (string, HostTensor)[] inputs = [];
        HostTensor[] outputs = [];
        network.Accepted(sample =>
        {
            _values = sample.Values;
            Run();
            inputs = [.. network.Named(sample), .. TestNetworks.GivenTo(_file)];
            outputs = other(inputs);
        }, isRefusal: problem => problem is Microsoft.ML.OnnxRuntime.OnnxRuntimeException);
        expected = outputs;
        return inputs;
    }

    /// <summary>One call, inputs included.</summary>
    public void Run()
    {
        for (int i = 0; i < _values.Count; i++) Session.SetInputBytes(i, _values[i].Bytes, _values[i].Shape);
        Session.Run();
    }

    public void Dispose()
    {
        Session.Dispose();
        Model.Dispose();
    }
}
