using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX QuantizeLinear: <c>y = saturate(round(x ÷ scale) + zero point)</c>, halves to even.</summary>
/// <remarks>(x f32, scale f32, zero point or none) → (y: u4, i4, u8, i8, u16, i16, or a float of 4 or 8 bits but f8e8m0; those of 8 have no zero point), plain. One
/// scale; or one for each place of an axis; or, with block_size, one for each block along it. Attributes axis (1), block_size (0), saturate (1) as <see cref="Cast"/> has it.</remarks>
public sealed unsafe class QuantizeLinear : Operator, IOperator<QuantizeLinear>
{
    private readonly int _axis, _block;
    private readonly bool _saturate;

    private QuantizeLinear(int axis, int block, bool saturate) => (_axis, _block, _saturate) = (axis, block, saturate);

    /// <inheritdoc/>
    public static QuantizeLinear Read(StepAttributes attributes) => new(attributes.Int("axis", 1), attributes.Int("block_size", 0), attributes.Int("saturate", 1) != 0);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 3);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32), y = rules.Output(0);
        if (!QuantizationRules.IsFloat(y.Type)) y.Is(ElementType.UInt4, ElementType.Int4, ElementType.UInt8, ElementType.Int8, ElementType.UInt16, ElementType.Int16);
        y.HasShape(x.Shape);
        ScaleView.Check(rules, x, y.Type, _axis, _block);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new ScaleView(shapes.Inputs[0].Shape, shapes.Inputs[1].Shape, _axis, _block));

    internal override void Run(in StepArguments arguments)
    {
        var view = (ScaleView)arguments.State!;
        TensorView zero = arguments.Inputs.Length > 2 ? arguments.Inputs[2] : default;
        Ranges.Run(arguments.Team, view.Stretches, Ranges.Least(Average(arguments.Outputs[0], view)), new Stretches(view, arguments.Inputs[0].F32, arguments.Inputs[1].F32, zero, arguments.Outputs[0], _saturate));
    }

    /// <summary>Elements of a stretch.</summary>
    internal static long Average(in TensorView y, ScaleView view) => view.Stretches == 0 ? 1 : y.Length / view.Stretches;

    private readonly struct Stretches(ScaleView view, float* x, float* scales, TensorView zero, TensorView y, bool saturate) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            int size = ElementTypes.ByteLength(y.Type);
            for (long s = first; s < last; s++)
            {
                (long start, long count, long scale) = view.At(s);
                if (QuantizationRules.IsFloat(y.Type))
                    for (long i = 0; i < count; i++)
                    {
                        long place = scale + i * view.Step;
                        float quotient = x[start + i] / scales[place];
                        y.Data[start + i] = NarrowFloats.FromSingle(y.Type, zero.Data == null ? quotient : quotient + NarrowFloats.ToSingle(y.Type, zero.Data[place]), saturate);
                    }
                else if (view.Step == 0 || zero.Data == null)
                {
                    var range = new QuantizedRange(y.Type, SmallIntegers.At(zero.Data, y.Type, scale));
                    Quantizer.Row(new Quotients(x + start, scales + scale, view.Step), range, y.Data + start * size, count);
                }
                else
                    for (long i = 0; i < count; i++)
                    {
                        var range = new QuantizedRange(y.Type, SmallIntegers.At(zero.Data, y.Type, scale + i));
                        Quantizer.Row(new Quotients(x + start + i, scales + scale + i, 0), range, y.Data + (start + i) * size, 1);
                    }
            }
        }
    }

    private readonly struct Quotients(float* x, float* scales, int step) : IFloatSource
    {
        public float One(long i) => x[i] / scales[i * step];

        public Vector128<float> Four(long i) => Vector128.Load(x + i) / (step == 0 ? Vector128.Create(*scales) : Vector128.Load(scales + i));
    }
}
