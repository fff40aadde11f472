using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>QLinearGlobalAveragePool of com.microsoft: the mean of each channel, quantized again.</summary>
/// <remarks>(x [N, C, ..], its scale and zero point, scale and zero point of y) → (y [N, C, 1, ..]), u8 or i8, plain. No attributes.</remarks>
public sealed unsafe class QLinearGlobalAveragePool : Operator, IOperator<QLinearGlobalAveragePool>
{
    private QLinearGlobalAveragePool()
    {
    }

    /// <inheritdoc/>
    public static QLinearGlobalAveragePool Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(5, 1);
        rules.Plain();
        RuleTensor x = QuantizationRules.Bytes(rules, 0).HasRank(2, int.MaxValue);
        WindowRules.NotEmpty(x);
        Extent[] shape = x.Shape;
        for (int axis = 2; axis < shape.Length; axis++) shape[axis] = 1;
        rules.Output(0).IsLike(x.Type).HasShape(shape);
        // Sums stay in 32 bits, and are floats.
        StepRules.Within(Extent.Product(x.Shape[2..]), 1, 1 << 23, "the number of pixels");
        QuantizationRules.OfTensor(rules, 1, x.Type);
        QuantizationRules.OfTensor(rules, 3, x.Type);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], zero = ref arguments.Inputs[2];
        GlobalImages of = GlobalImages.Of(x);
        float factor = *arguments.Inputs[1].F32 / (*arguments.Inputs[3].F32 * of.Pixels);
        Ranges.Run(arguments.Team, of.Images, Ranges.LeastMoved(of.Pixels),
            new Images(x, of.Pixels, SmallIntegers.At(zero.Data, zero.Type, 0), factor, QuantizationRules.Range(arguments.Inputs[4]), arguments.Outputs[0].Data));
    }

    private readonly struct Images(TensorView x, long pixels, int zero, float factor, QuantizedRange range, byte* y) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            int flip = x.Type == ElementType.Int8 ? 0x80 : 0;
            for (long image = first; image < last; image++)
            {
                byte* from = x.Data + image * pixels;
                long sum = 0;
                for (long i = 0; i < pixels; i++) sum += from[i] ^ flip;
                y[image] = (byte)Quantizer.One((int)(sum - pixels * (flip + zero)) * factor, range);
            }
        }
    }
}
