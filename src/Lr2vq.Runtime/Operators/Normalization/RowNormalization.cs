using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Normalises rows: <c>y = (x − mean) / √(variance + epsilon)·scale + bias</c> over attribute axis (0) and all after it. Attribute epsilon (float, 1e-5).</summary>
public abstract unsafe class RowNormalization : Operator
{
    private readonly int _axis;
    private readonly float _epsilon;

    private protected RowNormalization(StepAttributes attributes) => (_axis, _epsilon) = (attributes.Int("axis", 0), attributes.Float("epsilon", 1e-5f));

    internal sealed override int InPlaceInput => 0;

    internal sealed override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostInputs: 3);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32);
        StepRules.Axis(_axis, x.Rank);
        Extent[] row = x.Shape[_axis..];
        StepRules.Within(Extent.Product(row), 1, long.MaxValue, "the length of a row");
        for (int i = 1; i < 3; i++)
            if (rules.Has(i)) RowParameters.Check(rules.Input(i).IsLike(ElementType.Float32), row);
        rules.Output(0).IsLike(ElementType.Float32).HasShape(x.Shape);
    }

    internal sealed override StepPreparation Prepare(in StepShapes shapes) =>
        new(RowParameters.ScratchBytes(shapes, _axis), new RowParameters(shapes, _axis));

    private protected void Run<TMoments>(in StepArguments arguments, TMoments moments) where TMoments : struct, IRowMoments
    {
        RowParameters rows = (RowParameters)arguments.State!;
        float* scale = rows.Expand(arguments, 1), bias = rows.Expand(arguments, 2);
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32;
        Ranges.Run(arguments.Team, rows.Rows, Ranges.Least(rows.Length), new Lines<TMoments>(x, y, scale, bias, rows.Length, _epsilon, moments));
    }

    private readonly struct Lines<TMoments>(float* x, float* y, float* scale, float* bias, long length, float epsilon, TMoments moments) : IRange
        where TMoments : struct, IRowMoments
    {
        public void Do(long first, long last, int slot)
        {
            for (long r = first; r < last; r++)
            {
                (double mean, double variance) = moments.Of(x + r * length, length);
                Moments.Normalise(x + r * length, y + r * length, scale, bias, length, (float)mean, (float)(1 / Math.Sqrt(variance + epsilon)));
            }
        }
    }
}

/// <summary>What a row is normalised by.</summary>
internal unsafe interface IRowMoments
{
    (double Mean, double Variance) Of(float* row, long length);
}
