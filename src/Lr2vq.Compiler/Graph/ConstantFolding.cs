using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Computes operators on constants with the run time's own kernels, so that both agree; when the result is read, not before.</summary>
internal static class ConstantFolding
{
    /// <summary>Elements of the largest constant that is made (a gigabyte of floats); a hostile file could ask for any number.</summary>
    public const long MostElements = 1 << 28;

    /// <summary>Operators that want weights in a form which only an artifact has, or that the compiler replaces.</summary>
    private static readonly HashSet<string> Excluded = ["Conv", "Conv3D", "ConvTranspose", "ConvTranspose3D", "Gemm", "BatchNormalization", "ToBlocked", "ToPlain"];

    /// <summary>Elements up to which a result is made whatever its operands are; a larger one is made if an operand is as large.</summary>
    private const long MostMade = 1 << 26;

    /// <summary>Constants to use instead of the node's outputs; null if it cannot be computed now.</summary>
    /// <param name="name">The node's, for messages.</param>
    /// <exception cref="GraphException">The operator cannot work on these operands.</exception>
    public static Value[]? Fold(string name, string op, IReadOnlyList<Value?> inputs, StepAttributes attributes, Value[] outputs)
    {
        if (inputs.Count == 0 || Excluded.Contains(op)) return null;
        if (!inputs.All(input => input is null || input.Constant is { Type: not ElementType.String })) return null;
        int[]?[] shapes = [.. outputs.Select(output => Shapes.Numbers(output.Shape))];
        long most = Math.Min(MostElements, Math.Max(MostMade, inputs.Max(input => input?.Constant!.Count ?? 0)));
        for (int i = 0; i < outputs.Length; i++)
            if (shapes[i] is null || outputs[i].Count > most) return null;
        // Asks now, so that an operator which the run time lacks is found here.
        if (OperatorTable.Read(op, attributes) is not { } kernel) return null;
        var node = new FoldedNode(name, op, [.. inputs], attributes, outputs, shapes!);
        try
        {
            ShapeRules.Check(kernel, new StepShapes(FoldedConstant.OperandsOf(node), FoldedConstant.ResultsOf(node), dimension => dimension.Value), []);
        }
        catch (StepRuleException problem)
        {
            throw new GraphException(problem.Message);
        }
        return [.. outputs.Select((output, i) => Value.Of(output.Name, new FoldedConstant(node, i)))];
    }
}
