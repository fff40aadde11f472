using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Computes operators on constants with the run time's own kernels, so that both agree; when the result is read, not before.</summary>
internal static class ConstantFolding
{
    /// <summary>Elements of the largest constant that is made (a gigabyte of floats); a hostile file could ask for any number.</summary>
    public const long MostElements = 1 << 28;

    /// <summary>Operators that want weights in a form which only an artifact has, or that the compiler replaces.</summary>
    private static readonly HashSet<string> Excluded = ["Conv", "ConvTranspose", "Gemm", "BatchNormalization", "ToBlocked", "ToPlain"];

    /// <summary>Constants to use instead of the node's outputs; null if it cannot be computed now.</summary>
    public static Value[]? Fold(string op, IReadOnlyList<Value?> inputs, StepAttributes attributes, Value[] outputs)
    {
        if (inputs.Count == 0 || Excluded.Contains(op)) return null;
        if (!inputs.All(input => input is null || input.Constant is { Type: not ElementType.String })) return null;
        int[]?[] shapes = [.. outputs.Select(output => Shapes.Numbers(output.Shape))];
        for (int i = 0; i < outputs.Length; i++)
            if (shapes[i] is null || outputs[i].Count > MostElements) return null;
        // Asks now, so that an operator which the run time lacks is found here.
        if (OperatorTable.Read(op, attributes) is null) return null;
        ConstantTensor?[] operands = [.. inputs.Select(input => input?.Constant)];
        Value?[] kept = [.. inputs];
        return [.. outputs.Select((output, i) => Value.Of(output.Name, new FoldedConstant(op, kept, attributes, outputs, i, shapes[i]!,
            () => Compute(op, operands, attributes, outputs, shapes!, i))))];
    }

    private static unsafe byte[] Compute(string op, ConstantTensor?[] operands, StepAttributes attributes, Value[] outputs, int[][] shapes, int wanted)
    {
        using var memory = new NativeArena();
        TensorView[] inputs = [.. operands.Select(operand => View(operand, memory))];
        var results = new TensorView[outputs.Length];
        for (int i = 0; i < results.Length; i++)
            results[i] = new TensorView
            {
                Type = outputs[i].Type, Shape = shapes[i], Layout = TensorLayout.Plain,
                Data = memory.Allocate(outputs[i].Count!.Value * ElementTypes.ByteLength(outputs[i].Type)),
            };
        Operator kernel = OperatorTable.Read(op, attributes)!;
        kernel.Bind(new Context(operands, memory));
        StepPreparation preparation = kernel.Prepare(new StepShapes(inputs, results, dimension => dimension.Value));
        if (kernel.IsView) results[0].Data = inputs[0].Data;
        else
        {
            byte* scratch = memory.Allocate(preparation.ScratchBytes);
            kernel.Run(new StepArguments(inputs, results, scratch, preparation.State));
        }
        TensorView result = results[wanted];
        return new ReadOnlySpan<byte>(result.Data, checked((int)(result.Length * ElementTypes.ByteLength(result.Type)))).ToArray();
    }

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
