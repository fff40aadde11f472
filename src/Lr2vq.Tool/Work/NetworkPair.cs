using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Plans;

namespace Lr2vq.Tool.Work;

/// <summary>Two networks with the same inputs and outputs.</summary>
internal sealed class NetworkPair : IDisposable
{
    private readonly List<int> _leftOrder = [], _rightOrder = [], _rightOutputs = [];
    private readonly ModelSession _leftSession, _rightSession;

    /// <param name="left">The reference.</param>
    /// <param name="right">The other one.</param>
    /// <param name="bag">Gets an error for everything in which their inputs and outputs differ.</param>
    /// <param name="cancellation">Asked before each step of a run.</param>
    public NetworkPair(RunnableModel left, RunnableModel right, DiagnosticBag bag, CancellationToken cancellation)
    {
        (Left, Right) = (left, right);
        (_leftSession, _rightSession) = (left.Runner.CreateSession(), right.Runner.CreateSession());
        _leftSession.Observer = _rightSession.Observer = new CancelObserver(cancellation);
        PlanPort[] others = [.. right.Plan.Inputs];
        List<PlanPort> inputs = [];
        foreach (PlanPort port in left.Plan.Inputs)
        {
            int index = Array.FindIndex(others, p => p.Name == port.Name);
            if (index < 0) Refuse(bag, $"the input '{port.Name}' is in {Name(left)} only");
            else if (Merge(port, others[index]) is { } merged)
            {
                _leftOrder.Add(inputs.Count);
                _rightOrder.Add(index);
                inputs.Add(merged);
            }
            else Refuse(bag, $"the input '{port.Name}' is {Text(port)} in {Name(left)} and {Text(others[index])} in {Name(right)}");
        }
        foreach (PlanPort port in others.Where(p => left.Plan.Inputs.All(l => l.Name != p.Name))) Refuse(bag, $"the input '{port.Name}' is in {Name(right)} only");
        Inputs = inputs;
        List<OutputDifference> outputs = [];
        foreach (PlanPort port in left.Plan.Outputs)
        {
            int index = IndexOf(right.Plan.Outputs, port.Name);
            if (index < 0) Refuse(bag, $"the output '{port.Name}' is in {Name(left)} only");
            _rightOutputs.Add(index);
            outputs.Add(new OutputDifference(port.Name));
        }
        foreach (PlanPort port in right.Plan.Outputs.Where(p => IndexOf(left.Plan.Outputs, p.Name) < 0)) Refuse(bag, $"the output '{port.Name}' is in {Name(right)} only");
        Outputs = outputs;
    }

    public RunnableModel Left { get; }

    public RunnableModel Right { get; }

    /// <summary>The inputs; a dimension is a number if it is one in either network.</summary>
    public IReadOnlyList<PlanPort> Inputs { get; }

    public IReadOnlyList<OutputDifference> Outputs { get; }

    /// <summary>Lengths by the symbols of the Plans.</summary>
    /// <param name="named">Lengths by the names in the models.</param>
    public Dictionary<string, long> Lengths(IReadOnlyDictionary<string, long> named)
    {
        Dictionary<string, long> lengths = new(StringComparer.Ordinal);
        foreach (PlanSymbol symbol in Left.Plan.Symbols.Concat(Right.Plan.Symbols))
            if (named.TryGetValue(symbol.Name, out long length) || named.TryGetValue(symbol.Identifier, out length)) lengths[symbol.Identifier] = length;
        return lengths;
    }

    /// <summary>Runs both on a sample.</summary>
    /// <returns>The outputs of both in the order of <see cref="Outputs"/>; null, with a diagnostic, if one refuses the sample.</returns>
    public (NpyFile[] Left, NpyFile[] Right)? Add(InputValues values, DiagnosticBag bag)
    {
        if (Run(Left, _leftSession, values, _leftOrder, bag) is not { } left || Run(Right, _rightSession, values, _rightOrder, bag) is not { } right) return null;
        right = [.. _rightOutputs.Select(index => right[index])];
        for (int i = 0; i < Outputs.Count; i++)
        {
            NpyFile other = right[i];
            if (left[i].Shape.AsSpan().SequenceEqual(other.Shape)) Outputs[i].Add(left[i], other);
            else Refuse(bag, $"the output '{Outputs[i].Name}' has the shape [{string.Join(',', left[i].Shape)}] in {Name(Left)} and [{string.Join(',', other.Shape)}] in {Name(Right)}");
        }
        return (left, right);
    }

    public void Dispose()
    {
        _leftSession.Dispose();
        _rightSession.Dispose();
    }

    private static NpyFile[]? Run(RunnableModel model, ModelSession session, InputValues values, List<int> order, DiagnosticBag bag)
    {
        try
        {
            if (!values.TryGive(session, order)) return null;
            session.Run();
            return EvaluationNetwork.OutputsOf(session, model.Plan);
        }
        catch (ArgumentException problem)
        {
            bag.Add(DiagnosticCatalogue.InputsDoNotFit.At(new DiagnosticPlace(model.Path), Name(model), problem.Message.Split(" (Parameter")[0].TrimEnd('.')));
            return null;
        }
    }

    private void Refuse(DiagnosticBag bag, string why) => bag.Add(DiagnosticCatalogue.CompareRefused.At(new DiagnosticPlace(Right.Path), Name(Left), Name(Right), why));

    /// <summary>Null if no value fits both.</summary>
    private static PlanPort? Merge(PlanPort left, PlanPort right)
    {
        if (left.Type != right.Type || left.Shape.Count != right.Shape.Count) return null;
        Dimension[] shape = new Dimension[left.Shape.Count];
        for (int i = 0; i < shape.Length; i++)
        {
            if (left.Shape[i].IsConstant && right.Shape[i].IsConstant && left.Shape[i].Value != right.Shape[i].Value) return null;
            shape[i] = left.Shape[i].IsConstant ? left.Shape[i] : right.Shape[i];
        }
        return left with { Shape = shape };
    }

    private static int IndexOf(IReadOnlyList<PlanPort> ports, string name)
    {
        for (int i = 0; i < ports.Count; i++)
            if (ports[i].Name == name) return i;
        return -1;
    }

    private static string Name(RunnableModel model) => Path.GetFileName(model.Path);

    private static string Text(PlanPort port) => $"{port.Type} [{string.Join(',', port.Shape)}]";
}
