using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Transpose: permutes the axes.</summary>
/// <remarks>(x) → (y), any type but text, plain. Attribute perm (axis i of y is axis perm[i] of x).</remarks>
public sealed unsafe class Transpose : Operator, IOperator<Transpose>
{
    private readonly int[] _perm;

    private Transpose(int[] perm) => _perm = perm;

    /// <inheritdoc/>
    public static Transpose Read(StepAttributes attributes) => new(attributes.Ints("perm"));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsSized().HasRank(_perm.Length);
        var shape = new Extent[_perm.Length];
        for (int d = 0; d < shape.Length; d++)
        {
            StepRules.Axis(_perm[d], x.Rank);
            StepRules.Require(Array.IndexOf(_perm, _perm[d]) == d, FormattableString.Invariant($"axis {_perm[d]} is there twice"));
            shape[d] = x[_perm[d]];
        }
        rules.Output(0).IsLike(x.Type).HasShape(shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        long[] x = StoredShape.Of(shapes.Inputs[0]), y = StoredShape.Of(shapes.Outputs[0]), strides = StridedCopy.Dense(x);
        long[] source = Array.ConvertAll(_perm, axis => strides[axis]);
        return new(State: new StridedCopy(y, source, StridedCopy.Dense(y), 0, 0, ElementTypes.ByteLength(shapes.Outputs[0].Type)));
    }

    internal override void Run(in StepArguments arguments) =>
        ((StridedCopy)arguments.State!).Run(arguments.Team, arguments.Inputs[0].Data, arguments.Outputs[0].Data);
}
