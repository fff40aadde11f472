using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX DFT: the discrete Fourier transform along the last axis but one; the last has the real and the imaginary part.</summary>
/// <remarks>(x [.., n, 1 or 2]) → (y [.., n or ⌊n/2⌋ + 1, 2]), f32, plain; computed in f64. Attribute inverse (0 or 1; 0).</remarks>
public sealed unsafe class DFT : Operator, IOperator<DFT>
{
    private readonly bool _inverse;

    private DFT(bool inverse) => _inverse = inverse;

    /// <inheritdoc/>
    public static DFT Read(StepAttributes attributes) => new(attributes.Flag("inverse"));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(2, PlanParser.MaximumRank), y = rules.Output(0).IsLike(ElementType.Float32).HasRank(x.Rank);
        Extent[] shape = x.Shape;
        StepRules.Within(shape[^1], 1, 2, "the parts of a number");
        StepRules.Within(shape[^2], 1, StepRules.MostReach, "the length of the transform");
        rules.Table(shape[^2], 2 * sizeof(double));
        shape[^1] = 2;
        Extent half = Extent.FloorDivide(shape[^2], 2) + 1;
        if (y[^2].Value == half.Value) shape[^2] = half;
        y.HasShape(shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int length = shapes.Inputs[0].Shape[^2];
        return new(checked(shapes.Threads * ScratchOfThread(length)), new FourierTransform(length, _inverse));
    }

    internal override void Run(in StepArguments arguments)
    {
        var transform = (FourierTransform)arguments.State!;
        int[] x = arguments.Inputs[0].Shape, y = arguments.Outputs[0].Shape;
        var rows = new Rows(transform, arguments.Inputs[0].F32, arguments.Outputs[0].F32, (Complex64*)arguments.Scratch, x[^1], y[^2]);
        Ranges.Run(arguments.Team, AxisView.Product(x, 0, x.Length - 2), Ranges.Least(16L * x[^2]), rows);
    }

    /// <summary>A row before and after.</summary>
    private static long ScratchOfThread(int length) => 2L * length * sizeof(Complex64);

    private readonly struct Rows(FourierTransform transform, float* x, float* y, Complex64* scratch, int parts, int kept) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            int length = transform.Length;
            Complex64* before = scratch + 2L * slot * length, after = before + length;
            for (long row = first; row < last; row++)
            {
                float* from = x + row * length * parts, to = y + row * kept * 2;
                for (int i = 0; i < length; i++) before[i] = new Complex64(from[i * parts], parts == 2 ? from[i * parts + 1] : 0);
                transform.Run(before, after);
                for (int i = 0; i < kept; i++) (to[2 * i], to[2 * i + 1]) = ((float)after[i].Real, (float)after[i].Imaginary);
            }
        }
    }
}
