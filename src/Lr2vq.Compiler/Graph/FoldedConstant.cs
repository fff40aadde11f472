using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>An operator whose operands are all constants.</summary>
internal sealed class FoldedNode(string name, string op, Value?[] inputs, StepAttributes attributes, Value[] outputs, int[][] shapes)
{
    public string Name => name;
    public string Operator => op;
    public Value?[] Inputs => inputs;
    public StepAttributes Attributes => attributes;
    public Value[] Outputs => outputs;
    public int[][] Shapes => shapes;
    public ConstantTensor?[] Operands { get; } = [.. inputs.Select(input => input?.Constant)];
}

/// <summary>A result of a <see cref="FoldedNode"/>, computed when it is read, and again if its values were collected since. It remembers how it is
/// made, since that may be shorter than the result.</summary>
/// <remarks>Operands that are such results themselves are computed first, one after the other and not one inside the other: a chain may be as
/// long as a file. What no result to come needs is let go.</remarks>
internal sealed class FoldedConstant(FoldedNode node, int output) : ConstantTensor(node.Outputs[output].Type, node.Shapes[output], node.Operands)
{
    /// <summary>Results that are kept, so that reading every element of a chain costs no more than reading its end.</summary>
    private const int MostKept = 1024;

    private readonly object _gate = new();
    private readonly WeakReference<byte[]?> _values = new(null);
    private byte[]? _kept;

    public string Operator => node.Operator;
    public IReadOnlyList<Value?> Inputs => node.Inputs;
    public StepAttributes Attributes => node.Attributes;
    /// <summary>All results of the node; this is number <see cref="Output"/>.</summary>
    public Value[] Outputs => node.Outputs;
    public int Output => output;

    // Evaluated without recursion: it adds no depth of its own.
    protected override int OwnDepth => 0;

    public override void ReadRaw(Span<byte> destination, long first = 0) =>
        Known().AsSpan(checked((int)(first * ElementTypes.ByteLength(Type))), destination.Length).CopyTo(destination);

    private byte[] Known()
    {
        if (_values.TryGetTarget(out byte[]? values)) return values;
        // Those that are there already stay there meanwhile.
        List<byte[]> known = [];
        List<FoldedConstant> order = Order(known);
        // Each is held until the last result that reads it is there.
        Dictionary<FoldedConstant, int> readers = [];
        foreach (FoldedConstant constant in order)
            foreach (FoldedConstant source in constant.Sources()) readers[source] = readers.GetValueOrDefault(source) + 1;
        Dictionary<FoldedConstant, byte[]> held = [];
        byte[] result = [];
        foreach (FoldedConstant constant in order)
        {
            held[constant] = result = constant.Compute();
            foreach (FoldedConstant source in constant.Sources())
                if (--readers[source] == 0) held.Remove(source);
        }
        GC.KeepAlive(known);
        return result;
    }

    /// <summary>What has to be computed for this one, operands first.</summary>
    private List<FoldedConstant> Order(List<byte[]> known)
    {
        List<FoldedConstant> order = [];
        HashSet<FoldedConstant> seen = [this];
        Stack<(FoldedConstant Constant, bool IsDone)> open = new([(this, false)]);
        while (open.TryPop(out (FoldedConstant Constant, bool IsDone) next))
        {
            if (next.IsDone)
            {
                order.Add(next.Constant);
                continue;
            }
            open.Push((next.Constant, true));
            foreach (FoldedConstant source in next.Constant.Sources())
                if (source._values.TryGetTarget(out byte[]? values)) known.Add(values);
                else if (seen.Add(source)) open.Push((source, false));
        }
        return order;
    }

    private IEnumerable<FoldedConstant> Sources() => node.Operands.Select(operand => (operand as ReshapedConstant)?.Source ?? operand).OfType<FoldedConstant>().Distinct();

    private byte[] Compute()
    {
        lock (_gate)
        {
            if (_values.TryGetTarget(out byte[]? values)) return values;
            try
            {
                values = Run();
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or ArithmeticException or FormatException or NotSupportedException)
            {
                throw new DiagnosticException(DiagnosticCatalogue.InvalidNode.At(new DiagnosticPlace(Node: node.Name), node.Name, node.Operator, e.Message.TrimEnd('.')));
            }
            _values.SetTarget(values);
            if (values.Length <= MostKept) _kept = values;
            return values;
        }
    }

    private unsafe byte[] Run()
    {
        using var memory = new NativeArena();
        TensorView[] results = ResultsOf(node);
        if (results[output].Length == 0) return [];
        Run(node, results, memory);
        return new ReadOnlySpan<byte>(results[output].Data, checked((int)ByteLength)).ToArray();
    }

    /// <summary>Computes all results, which get their data.</summary>
    /// <returns>The size that the operator found, if it is one that does.</returns>
    public static unsafe long Run(FoldedNode node, TensorView[] results, NativeArena memory)
    {
        TensorView[] inputs = [.. node.Operands.Select(operand => View(operand, memory))];
        for (int i = 0; i < results.Length; i++) results[i].Data = memory.Allocate(ShapeRules.Bytes(results[i]));
        Operator kernel = OperatorTable.Read(node.Operator, node.Attributes)!;
        kernel.Bind(new Context(node.Operands, memory));
        StepPreparation preparation = kernel.Prepare(new StepShapes(inputs, results, dimension => dimension.Value));
        if (kernel.IsView)
        {
            results[0].Data = inputs[0].Data;
            return 0;
        }
        long size = 0;
        kernel.Run(new StepArguments(inputs, results, memory.Allocate(preparation.ScratchBytes), preparation.State) { Size = &size });
        return size;
    }

    /// <summary>The results without data.</summary>
    public static TensorView[] ResultsOf(FoldedNode node) => [.. node.Outputs.Select((value, i) => new TensorView { Type = value.Type, Shape = node.Shapes[i] })];

    /// <summary>The operands without data.</summary>
    public static TensorView[] OperandsOf(FoldedNode node) =>
        [.. node.Operands.Select(operand => operand is null ? new TensorView { Shape = [] } : new TensorView { Type = operand.Type, Shape = operand.Shape })];

    private static unsafe TensorView View(ConstantTensor? operand, NativeArena memory)
    {
        if (operand is null) return new TensorView { Shape = [] };
        byte* data = memory.Allocate(operand.ByteLength);
        operand.ReadRaw(new Span<byte>(data, checked((int)operand.ByteLength)));
        return new TensorView { Type = operand.Type, Shape = operand.Shape, Layout = TensorLayout.Plain, Data = data };
    }

    private sealed class Context(ConstantTensor?[] operands, NativeArena memory) : BindContext
    {
        public override NativeArena Memory => memory;

        public override bool HasInput(int input) => input < operands.Length && operands[input] is not null;

        public override WeightTensor? TakeWeight(int input) => null;

        public override WeightRole? RoleOf(int input) => null;
    }
}
