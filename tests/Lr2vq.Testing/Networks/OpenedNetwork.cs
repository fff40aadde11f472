using System;
using System.Collections.Generic;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Planning;

namespace Lr2vq.Testing.Networks;

/// <summary>A model file that is open, and its Plan: what inputs are made from.</summary>
internal sealed class OpenedNetwork : IDisposable
{
    private readonly OnnxModel _model;

    /// <exception cref="DiagnosticException">The model is refused.</exception>
    public OpenedNetwork(string path, FixedInputs? given = null)
    {
        DiagnosticBag bag = new();
        _model = ModelCompressor.Open(path, given ?? FixedInputs.None, bag) ?? throw new DiagnosticException(bag.All);
        try
        {
            Planned = Planner.Plan(_model, "network", path, given ?? FixedInputs.None, bag) ?? throw new DiagnosticException(bag.All);
        }
        catch
        {
            _model.Dispose();
            throw;
        }
    }

    public PlannedNetwork Planned { get; }

    public void Dispose() => _model.Dispose();

    /// <summary>Inputs that the network accepts: likely shapes and values, try after try.</summary>
    /// <param name="run">Runs the network. A try is refused by an <see cref="ArgumentException"/>, or one that <paramref name="isRefusal"/> takes for one.</param>
    /// <param name="sizes">How many samples of different shapes, at most; a network without symbols has one.</param>
    /// <param name="first">Number of the first sample, which decides what kind of values it has.</param>
    /// <param name="change">Makes another sample of one; null for none.</param>
    /// <param name="isRefusal">Further exceptions that refuse; null for none.</param>
    /// <exception cref="InvalidOperationException">It accepts nothing.</exception>
    public IReadOnlyList<InputSample> Accepted(Action<InputSample> run, int sizes = 1, int first = 0, Func<InputSample, InputSample>? change = null, Func<Exception, bool>? isRefusal = null)
    {
        const int mostCareful = 3;
        List<InputSample> accepted = [];
        HashSet<string> seen = [];
        Exception? last = null;
        foreach (int[][] shapes in SampleShapes.Of(Planned.Plan))
        {
            string text = SampleShapes.Text(Planned.Plan, shapes);
            for (int plain = 0; plain <= mostCareful && !seen.Contains(text); plain++)
            {
                InputSample sample = new GeneratedInputs(Planned, shapes, 0, PreProcessing.None).Make(first + accepted.Count, plain);
                if (change is not null) sample = change(sample);
                try
                {
                    run(sample);
                    accepted.Add(sample);
                    seen.Add(text);
                }
                catch (Exception refusal) when (refusal is ArgumentException || isRefusal?.Invoke(refusal) == true)
                {
                    last = refusal;
                }
            }
            if (accepted.Count == sizes) return accepted;
        }
        return accepted.Count > 0 ? accepted : throw new InvalidOperationException($"{Planned.Plan.ModelName}: no input is accepted", last);
    }

    /// <summary>The values of a sample by the names of the inputs.</summary>
    public (string Name, HostTensor Value)[] Named(InputSample sample)
    {
        (string, HostTensor)[] named = new (string, HostTensor)[sample.Values.Count];
        for (int i = 0; i < named.Length; i++)
        {
            NpyFile value = sample.Values[i];
            named[i] = (Planned.Plan.Inputs[i].Name, new HostTensor(value.Type, value.Shape, value.Bytes));
        }
        return named;
    }
}
