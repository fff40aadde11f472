using System;
using System.Collections.Generic;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Pictures;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>An input, a weight or a result of a step.</summary>
internal sealed unsafe class NetworkValue
{
    public required ElementType Type { get; init; }
    public required TensorLayout Layout { get; init; }
    /// <summary>Null for a weight.</summary>
    public IReadOnlyList<Dimension>? Shape { get; init; }
    /// <summary>Index of the input; −1 for all else.</summary>
    public int Input { get; init; } = -1;
    /// <summary>Index of the step that makes it; −1 for inputs and weights.</summary>
    public int Step { get; init; } = -1;
    public PlanWeight? Weight { get; init; }
    /// <summary>True if the data decides a dimension.</summary>
    public bool HasSize { get; init; }
    /// <summary>Shape of a weight.</summary>
    public int[] WeightShape { get; init; } = [];
    /// <summary>The weight in compressed form, once somebody asked for it.</summary>
    public WeightTensor? Compressed { get; set; }
    /// <summary>The weight's values in ONNX order, if something reads them so.</summary>
    public byte* Dense { get; set; }
}

/// <summary>A step with its operator; values are indices into <see cref="Network.Values"/>.</summary>
internal sealed class NetworkStep(PlanStep plan, int[] inputs, int[] outputs)
{
    public PlanStep Plan { get; } = plan;
    /// <summary>−1 for an absent input.</summary>
    public int[] Inputs { get; } = inputs;
    public int[] Outputs { get; } = outputs;
    /// <summary>Inputs whose weight the operator took.</summary>
    public bool[] Taken { get; } = new bool[inputs.Length];
    /// <summary>What the Plan says of inputs, then outputs; for the rules of the operator.</summary>
    public ValueOrigin[] Origins { get; } = new ValueOrigin[inputs.Length + outputs.Length];
    /// <summary>The branch or body that the step is in; null for none.</summary>
    public StepGuard? Guard { get; set; }
    /// <summary>What the first branch of an If waits for; null for all else.</summary>
    public StepGuard? Choice { get; set; }
    /// <summary>Index of the Turn of a loop, whose body lies between the two; −1 for all else.</summary>
    public int Turn { get; set; } = -1;
    public Operator Operator { get; set; } = null!;
    /// <summary>Index of the size that the step finds; −1 for most.</summary>
    public int Size { get; init; } = -1;
    /// <summary>Indices of the sizes, found by steps before, on which its shapes and attributes depend.</summary>
    public int[] Needs { get; init; } = [];
}

/// <summary>A loaded network: weights, operators with their weights, and how values and steps hang together. Immutable once bound, shared by
/// all sessions.</summary>
internal sealed unsafe class Network : IDisposable
{
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);

    /// <summary>Takes over the artifact.</summary>
    /// <param name="artifact">The artifact, or weights in memory.</param>
    /// <param name="memoryLimit">Most bytes of what weights and operators own beside it.</param>
    public Network(WeightStore artifact, long memoryLimit = long.MaxValue)
    {
        Artifact = artifact;
        Memory = new NativeArena { Limit = memoryLimit };
        Plan plan = artifact.Plan;
        if (ArtifactSkeleton.IsOnlyPath(plan)) throw new InvalidArtifactException(DiagnosticCatalogue.ForOnnxRuntimeAlone.At(new(File: artifact.Name)));
        List<NetworkValue> values = [];
        InputValues = new int[plan.Inputs.Count];
        for (int i = 0; i < InputValues.Length; i++)
        {
            PlanPort input = plan.Inputs[i];
            InputValues[i] = Add(values, input.Value,
                new NetworkValue { Type = input.Type, Layout = TensorLayout.Plain, Shape = input.Shape, Input = i });
            if (ElementTypes.ByteLength(input.Type) == 0) throw WrongPlan("the input '" + input.Name + "' has a type without fixed size");
            if (HasSize(input.Shape)) throw WrongPlan("the shape of the input '" + input.Name + "' depends on data");
        }
        foreach (PlanWeight weight in plan.Weights)
            Add(values, weight.Value, new NetworkValue
            {
                Type = weight.Type, Layout = TensorLayout.Plain, Weight = weight, WeightShape = weight.CopyShape(),
            });
        Steps = new NetworkStep[plan.Steps.Count];
        SizeTable sizes = new(plan);
        for (int s = 0; s < Steps.Length; s++)
        {
            PlanStep step = plan.Steps[s];
            if (step.Number != s + 1) throw WrongPlan(FormattableString.Invariant($"step {step.Number} stands at place {s + 1}"));
            int[] inputs = new int[step.Inputs.Count], outputs = new int[step.Outputs.Count];
            for (int i = 0; i < inputs.Length; i++)
                inputs[i] = step.Inputs[i] is { } name ? IndexOf(name) : -1;
            for (int o = 0; o < outputs.Length; o++)
            {
                PlanResult result = step.Outputs[o];
                if (result.Layout == TensorLayout.Blocked && (result.Shape.Count != 4 || result.Type != ElementType.Float32))
                    throw WrongPlan("the blocked value " + result.Value + " is not a rank 4 tensor of floats");
                if (ElementTypes.ByteLength(result.Type) == 0) throw WrongPlan("the value " + result.Value + " has a type without fixed size");
                outputs[o] = Add(values, result.Value, new NetworkValue { Type = result.Type, Layout = result.Layout, Shape = result.Shape, HasSize = HasSize(result.Shape), Step = s });
            }
            try
            {
                int[] needs = sizes.Needs(step, inputs, values);
                Steps[s] = new NetworkStep(step, inputs, outputs) { Needs = needs, Size = sizes.Find(step) };
            }
            catch (FormatException problem)
            {
                throw WrongStep(step, problem.Message, problem);
            }
        }
        Values = [.. values];
        Sizes = sizes.All;
        foreach (NetworkStep step in Steps)
        {
            for (int i = 0; i < step.Inputs.Length; i++)
                if (step.Inputs[i] >= 0) step.Origins[i] = OriginOf(Values[step.Inputs[i]]);
            for (int o = 0; o < step.Outputs.Length; o++) step.Origins[step.Inputs.Length + o] = OriginOf(Values[step.Outputs[o]]);
        }
        OutputValues = new int[plan.Outputs.Count];
        for (int o = 0; o < OutputValues.Length; o++)
        {
            OutputValues[o] = IndexOf(plan.Outputs[o].Value);
            if (Values[OutputValues[o]].Layout != TensorLayout.Plain) throw WrongPlan("the output '" + plan.Outputs[o].Name + "' is not plain");
        }
        try
        {
            if (StepGuard.Assign(Steps, Values, OutputValues) is { } problem) throw WrongPlan(problem);
        }
        catch (Exception e) when (IsDataProblem(e))
        {
            throw WrongPlan(e.Message);
        }
    }

    /// <summary>The artifact, or weights in memory.</summary>
    public WeightStore Artifact { get; }
    public Plan Plan => Artifact.Plan;
    /// <summary>What the weights and operators own beside the artifact.</summary>
    public NativeArena Memory { get; }
    public NetworkValue[] Values { get; }
    public NetworkStep[] Steps { get; }
    /// <summary>What steps find in the data, in their order.</summary>
    public PlanSize[] Sizes { get; }
    public int[] InputValues { get; }
    public int[] OutputValues { get; }

    public void Dispose()
    {
        Memory.Dispose();
        Artifact.Dispose();
    }

    /// <summary>How pictures become inputs; null if the artifact does not say.</summary>
    /// <exception cref="InvalidArtifactException">It says so in words that are not known.</exception>
    public static PreProcessing? ReadPreProcessing(WeightStore artifact)
    {
        try
        {
            return artifact is ArtifactReader file ? PreProcessing.Of(file.Meta.Options) : null;
        }
        catch (FormatException problem)
        {
            throw new InvalidArtifactException(DiagnosticCatalogue.InvalidSection.At(new(File: artifact.Name), "meta", problem.Message), problem);
        }
    }

    /// <summary>The weight in compressed form; opened once.</summary>
    public WeightTensor Open(NetworkValue value)
    {
        if (value.Compressed is { } open) return open;
        TensorEntry entry = Entry(value.Weight!);
        TensorPayload payload = Artifact.Payload(entry, Memory);
        try
        {
            return value.Compressed = CodecTable.Open(in payload);
        }
        catch (Exception e) when (IsDataProblem(e))
        {
            throw payload.Invalid("cannot be decoded: " + e.Message, e);
        }
    }

    /// <summary>Makes the values of a weight available as the steps see them.</summary>
    public void MakeDense(NetworkValue value)
    {
        if (value.Dense != null) return;
        TensorEntry entry = Entry(value.Weight!);
        if (value.Type == ElementType.Float32)
        {
            WeightTensor weight = Open(value);
            if (weight is FillTensor && entry.Elements > FillTensor.MostExpanded) throw Artifact.Payload(entry, Memory).Invalid("is a fill that a step reads as it is, which is too large for that");
            float* dense = Memory.AllocateFloats(entry.Elements);
            DenseOrder.Decode(weight, dense);
            value.Dense = (byte*)dense;
            return;
        }
        TensorPayload payload = Artifact.Payload(entry, Memory);
        value.Dense = Memory.Allocate(CodecTable.ExpandedLength(payload));
        CodecTable.Expand(payload, value.Dense);
    }

    /// <summary>The integers of a weight, apart from the network's memory.</summary>
    public byte[] ReadIntegers(NetworkValue value)
    {
        TensorPayload payload = Artifact.Payload(Entry(value.Weight!), Memory);
        long length = CodecTable.ExpandedLength(payload);
        using var memory = new NativeArena { Limit = Memory.Limit };
        byte* expanded = memory.Allocate(length);
        CodecTable.Expand(payload, expanded);
        return new ReadOnlySpan<byte>(expanded, checked((int)length)).ToArray();
    }

    /// <summary>What damaged data makes parsers and operators throw; everything else is a bug and passes.</summary>
    public static bool IsDataProblem(Exception e) =>
        e is FormatException or OverflowException or ArgumentException or InvalidOperationException or IndexOutOfRangeException
            or NotSupportedException or KeyNotFoundException or DivideByZeroException;

    /// <summary>A step of the Plan that cannot be executed.</summary>
    public InvalidArtifactException WrongStep(PlanStep step, string what, Exception? cause = null) => new(DiagnosticCatalogue.InvalidStep.At(
        new(File: Artifact.Name, Node: step.Name), step.Number, step.Operator, step.Name, what), cause);

    private static bool HasSize(IReadOnlyList<Dimension> shape)
    {
        for (int d = 0; d < shape.Count; d++)
            if (shape[d].HasSize) return true;
        return false;
    }

    private static ValueOrigin OriginOf(NetworkValue value) => new(value.Shape, value.Weight?.Role, value.Weight?.Groups ?? 1);

    private TensorEntry Entry(PlanWeight weight)
    {
        string? problem = null;
        TensorEntry? entry = Artifact.Find(weight.Name);
        if (entry is null) problem = "it is not in the directory";
        else if (!IsOfShape(entry, weight)) problem = "its shape is [" + string.Join(",", entry.Shape) + "]";
        else if (entry.Type != weight.Type) problem = "its type is " + ElementTypes.Word(entry.Type);
        else if (entry.Role != weight.Role || entry.Groups != weight.Groups) problem = "its role or groups differ";
        if (problem is not null) throw new InvalidArtifactException(DiagnosticCatalogue.MissingTensor.At(new(File: Artifact.Name, Tensor: weight.Name), weight.Name, problem));
        return entry!.Format is >= TensorFormat.Dense and <= CodecTable.LastFormat ? entry : throw new InvalidArtifactException(
            DiagnosticCatalogue.UnknownFormat.At(new(File: Artifact.Name, Tensor: entry.Name), entry.Name, (int)entry.Format));
    }

    private static bool IsOfShape(TensorEntry entry, PlanWeight weight)
    {
        if (entry.Shape.Length != weight.Shape.Count) return false;
        for (int d = 0; d < entry.Shape.Length; d++)
            if (entry.Shape[d] != weight.Shape[d]) return false;
        return true;
    }

    private int Add(List<NetworkValue> values, string name, NetworkValue value)
    {
        if (!_indices.TryAdd(name, values.Count)) throw WrongPlan("the value " + name + " is there twice");
        values.Add(value);
        return values.Count - 1;
    }

    private int IndexOf(string name) => _indices.TryGetValue(name, out int index) ? index : throw WrongPlan("the value " + name + " is not known");

    private InvalidArtifactException WrongPlan(string what) => new(DiagnosticCatalogue.InvalidPlan.At(new(File: Artifact.Name), what));
}
