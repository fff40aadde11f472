using System.Collections.Generic;

namespace Lr2vq.Plans;

/// <summary>How a value lies in memory.</summary>
internal enum TensorLayout
{
    /// <summary>Row-major, no gaps.</summary>
    Plain,
    /// <summary>Only for rank 4 floats: logical [N, C, H, W] stored as [N, ⌈C/16⌉, H, W, 16]. Lanes beyond C hold zero.</summary>
    Blocked,
}

/// <summary>What a weight is to the step that reads it; decides how it may be compressed.</summary>
internal enum WeightRole
{
    /// <summary>Small or non-float constant, stored exactly as it is.</summary>
    Constant,
    /// <summary>Bias or other per-channel vector, stored as f32.</summary>
    Bias,
    /// <summary>Conv weight [O, I/g, Kh, Kw] (1-D convolutions have Kh = 1).</summary>
    Conv,
    /// <summary>ConvTranspose weight [I, O/g, Kh, Kw].</summary>
    ConvTranspose,
    /// <summary>Constant right operand [I, O] of MatMul, or of Gemm with transB = 0.</summary>
    MatMul,
    /// <summary>Gemm weight [O, I], transB = 1.</summary>
    Gemm,
    /// <summary>Embedding table [V, D].</summary>
    Gather,
}

/// <summary>An input or output of the network.</summary>
/// <param name="Value">Identifier of the value in this Plan, e.g. <c>v0</c>. In an Interface, <c>v0</c>, <c>v1</c>, … in order.</param>
/// <param name="Name">The original ONNX name.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions; expressions in the symbols.</param>
internal sealed record PlanPort(string Value, string Name, ElementType Type, IReadOnlyList<Dimension> Shape);

/// <summary>A weight that the steps read; its values are in the artifact, under <paramref name="Name"/>.</summary>
/// <param name="Value">Identifier in this Plan, e.g. <c>w0</c>.</param>
/// <param name="Name">Unique name, the ONNX initializer's where there is one.</param>
/// <param name="Type">Element type the steps see. Float weights of every width are f32 here.</param>
/// <param name="Shape">Shape as ONNX stores it.</param>
/// <param name="Role">What it is used for.</param>
/// <param name="Groups">Groups of the convolution that reads it; else 1.</param>
internal sealed record PlanWeight(string Value, string Name, ElementType Type, IReadOnlyList<int> Shape, WeightRole Role, int Groups)
{
    /// <summary>A copy of the shape.</summary>
    public int[] CopyShape()
    {
        var shape = new int[Shape.Count];
        for (int d = 0; d < shape.Length; d++) shape[d] = Shape[d];
        return shape;
    }
}

/// <summary>A value that a step makes.</summary>
internal sealed record PlanResult(string Value, ElementType Type, IReadOnlyList<Dimension> Shape, TensorLayout Layout);

/// <summary>A length that a step finds in the data while it runs.</summary>
/// <param name="Identifier">Its symbol in expressions of this step's results and of later steps; see <see cref="Dimension.IsSize"/>.</param>
/// <param name="Bound">What it is never above: an expression in the symbols and in sizes of earlier steps.</param>
internal sealed record PlanSize(string Identifier, Dimension Bound);

/// <summary>One operator call.</summary>
/// <param name="Number">1, 2, … in order of execution.</param>
/// <param name="Name">Name of the ONNX node it comes from.</param>
/// <param name="Operator">Name of the class in <c>Lr2vq.Operators</c>, e.g. <c>Conv</c>.</param>
/// <param name="Inputs">Identifiers of values or weights; null for an optional input that is absent.</param>
/// <param name="Outputs">The values made.</param>
/// <param name="Attributes">Attributes in the order of the text.</param>
/// <param name="Size">The size that it finds; null for all but a few operators.</param>
internal sealed record PlanStep(int Number, string Name, string Operator, IReadOnlyList<string?> Inputs,
    IReadOnlyList<PlanResult> Outputs, StepAttributes Attributes, PlanSize? Size = null);

/// <summary>A symbolic dimension.</summary>
/// <param name="Identifier">Identifier used in expressions.</param>
/// <param name="Name">The model's own name of it (dim_param), or empty.</param>
internal sealed record PlanSymbol(string Identifier, string Name);

/// <summary>Inputs, outputs, weights and steps of a network. An Interface is a Plan without weights and steps.</summary>
internal sealed record Plan(string ModelName, string StructureHash, int Opset, IReadOnlyList<PlanSymbol> Symbols,
    IReadOnlyList<PlanPort> Inputs, IReadOnlyList<PlanPort> Outputs, IReadOnlyList<PlanWeight> Weights, IReadOnlyList<PlanStep> Steps);
