using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Computes operators that find sizes, on constants: at once, since shapes depend on what they find.</summary>
internal static class FoundConstants
{
    /// <summary>Elements up to which constants are read while a network is planned, which otherwise reads none.</summary>
    private const long MostElements = 1 << 20;

    /// <summary>Constants to use instead of the node's outputs; null if it cannot be computed now.</summary>
    /// <exception cref="GraphException">The operator cannot work on these operands.</exception>
    public static unsafe Value[]? Of(string name, string op, IReadOnlyList<Value?> inputs, StepAttributes attributes, Dimension bound, Func<Dimension, Value[]> outputs)
    {
        if (!bound.IsConstant || !inputs.All(input => input is null || input.Constant is { Type: not ElementType.String, Count: <= MostElements })) return null;
        Value[] largest = outputs(bound);
        int[]?[] shapes = [.. largest.Select(output => Shapes.Numbers(output.Shape))];
        if (shapes.Any(shape => shape is null) || largest.Any(output => output.Count > MostElements)) return null;
        var node = new FoldedNode(name, op, [.. inputs], attributes, largest, shapes!);
        TensorView[] results = FoldedConstant.ResultsOf(node);
        try
        {
            ShapeRules.Check(OperatorTable.Read(op, attributes)!, new StepShapes(FoldedConstant.OperandsOf(node), results, dimension => dimension.Value), []);
        }
        catch (StepRuleException problem)
        {
            throw new GraphException(problem.Message);
        }
        using var memory = new NativeArena();
        long found = results.All(result => result.Length == 0) ? 0 : FoldedConstant.Run(node, results, memory);
        return [.. outputs(found).Select((output, i) => Value.Of(output.Name, new MemoryConstant(output.Type, Shapes.Numbers(output.Shape)!,
            new ReadOnlySpan<byte>(results[i].Data, checked((int)(output.Count!.Value * ElementTypes.ByteLength(output.Type)))).ToArray())))];
    }
}
