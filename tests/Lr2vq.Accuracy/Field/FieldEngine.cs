using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>A network that runs a call: inputs and outputs in the order of the model.</summary>
internal interface IFieldEngine : IDisposable
{
    IReadOnlyList<string> InputNames { get; }

    IReadOnlyList<string> OutputNames { get; }

    HostTensor[] Run(HostTensor[] inputs);
}

/// <summary>The original, in ONNX Runtime.</summary>
internal sealed class OriginalEngine(string path) : IFieldEngine
{
    private readonly OrtOracle _oracle = new(path);

    public IReadOnlyList<string> InputNames => _oracle.InputNames;

    public IReadOnlyList<string> OutputNames => _oracle.OutputNames;

    public int[] InputShape(string name) => _oracle.InputShape(name);

    public HostTensor[] Run(HostTensor[] inputs) => _oracle.Run([.. _oracle.InputNames.Zip(inputs)]);

    public void Dispose() => _oracle.Dispose();
}

/// <summary>An artifact, in our run time.</summary>
internal sealed class ArtifactEngine : IFieldEngine
{
    private readonly PlanRunner _runner;
    private readonly ModelSession _session;
    private readonly PlanPort[] _inputs, _outputs;

    /// <summary>For each input of the Plan its place among the model's inputs.</summary>
    private readonly int[] _order;

    public ArtifactEngine(string path, IReadOnlyList<string> modelInputs)
    {
        _runner = PlanRunner.Load(path, new SessionOptions { Threads = 1 });
        _session = _runner.CreateSession();
        (_inputs, _outputs) = ([.. _runner.Network.Plan.Inputs], [.. _runner.Network.Plan.Outputs]);
        InputNames = modelInputs;
        _order = [.. _inputs.Select(port => modelInputs.ToList().IndexOf(port.Name))];
    }

    public IReadOnlyList<string> InputNames { get; }

    public IReadOnlyList<string> OutputNames => [.. _outputs.Select(port => port.Name)];

    public HostTensor[] Run(HostTensor[] inputs)
    {
        for (int i = 0; i < _inputs.Length; i++)
        {
            HostTensor value = inputs[_order[i]];
            _session.SetInputBytes(i, value.Bytes, value.Shape);
        }
        _session.Run();
        return [.. _outputs.Select((port, i) => new HostTensor(port.Type, _session.OutputShape(i).ToArray(), _session.OutputBytes(i).ToArray()))];
    }

    public void Dispose()
    {
        _session.Dispose();
        _runner.Dispose();
    }
}
