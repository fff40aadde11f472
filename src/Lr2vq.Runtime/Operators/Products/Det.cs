using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Det: the determinants of square matrices.</summary>
/// <remarks>(x [.., n, n]) → (y [..]), f32, plain; computed in f64, by elimination with the largest pivot of a column.</remarks>
public sealed unsafe class Det : Operator, IOperator<Det>
{
    private Det()
    {
    }

    /// <inheritdoc/>
    public static Det Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(2, PlanParser.MaximumRank);
        StepRules.Equal(x[^1], x[^2], "the rows and columns of a matrix");
        rules.Output(0).IsLike(ElementType.Float32).HasShape(x.Shape[..^2]);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        long length = shapes.Inputs[0].Shape[^1];
        return new(checked(shapes.Threads * length * length * sizeof(double)));
    }

    internal override void Run(in StepArguments arguments)
    {
        int[] x = arguments.Inputs[0].Shape;
        long length = x[^1], count = AxisView.Product(x, 0, x.Length - 2);
        Ranges.Run(arguments.Team, count, Ranges.Least(length * length * length), new Matrices(arguments.Inputs[0].F32, arguments.Outputs[0].F32, (double*)arguments.Scratch, length));
    }

    private readonly struct Matrices(float* x, float* y, double* scratch, long length) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            double* matrix = scratch + slot * length * length;
            for (long number = first; number < last; number++)
            {
                for (long i = 0; i < length * length; i++) matrix[i] = x[number * length * length + i];
                y[number] = (float)Determinant(matrix);
            }
        }

        private double Determinant(double* matrix)
        {
            double product = 1;
            for (long column = 0; column < length; column++)
            {
                long pivot = column;
                for (long row = column + 1; row < length; row++)
                    if (Math.Abs(matrix[row * length + column]) > Math.Abs(matrix[pivot * length + column])) pivot = row;
                double* top = matrix + column * length, best = matrix + pivot * length;
                for (long k = column; k < length && pivot != column; k++) (top[k], best[k]) = (best[k], top[k]);
                product *= pivot == column ? top[column] : -top[column];
                if (top[column] == 0) return 0;
                for (long row = column + 1; row < length; row++)
                {
                    double factor = matrix[row * length + column] / top[column];
                    for (long k = column + 1; k < length; k++) matrix[row * length + k] -= factor * top[k];
                }
            }
            return product;
        }
    }
}
