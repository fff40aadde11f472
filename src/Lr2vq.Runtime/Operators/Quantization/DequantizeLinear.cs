using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX DequantizeLinear: <c>y = (x − zero point) · scale</c>.</summary>
/// <remarks>(x: u4, i4, u8, i8, u16, i16, i32, or a float of 4 or 8 bits but f8e8m0; those of 8 have no zero point; scale f32, zero point or none) → (y f32), plain. Scales and attributes are those of <see cref="QuantizeLinear"/>.</remarks>
public sealed unsafe class DequantizeLinear : Operator, IOperator<DequantizeLinear>
{
    private readonly int _axis, _block;

    private DequantizeLinear(int axis, int block) => (_axis, _block) = (axis, block);

    /// <inheritdoc/>
    public static DequantizeLinear Read(StepAttributes attributes) => new(attributes.Int("axis", 1), attributes.Int("block_size", 0));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 3);
        rules.Plain();
        RuleTensor x = rules.Input(0);
        if (!QuantizationRules.IsFloat(x.Type))
            x.Is(ElementType.UInt4, ElementType.Int4, ElementType.UInt8, ElementType.Int8, ElementType.UInt16, ElementType.Int16, ElementType.Int32);
        rules.Output(0).IsLike(ElementType.Float32).HasShape(x.Shape);
        ScaleView.Check(rules, x, x.Type, _axis, _block);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new ScaleView(shapes.Inputs[0].Shape, shapes.Inputs[1].Shape, _axis, _block));

    internal override void Run(in StepArguments arguments)
    {
        switch (arguments.Inputs[0].Type)
        {
            case ElementType.UInt8: Run<byte>(arguments); break;
            case ElementType.Int8: Run<sbyte>(arguments); break;
            case ElementType.UInt16: Run<ushort>(arguments); break;
            case ElementType.Int16: Run<short>(arguments); break;
            case ElementType.Int32: Run<int>(arguments); break;
            default: RunNarrow(arguments); break;
        }
    }

    private static void RunNarrow(in StepArguments arguments)
    {
        var view = (ScaleView)arguments.State!;
        byte* zero = arguments.Inputs.Length > 2 ? arguments.Inputs[2].Data : null;
        Ranges.Run(arguments.Team, view.Stretches, Ranges.LeastMoved(QuantizeLinear.Average(arguments.Outputs[0], view)),
            new NarrowStretches(view, arguments.Inputs[0], arguments.Inputs[1].F32, zero, arguments.Outputs[0].F32));
    }

    private static void Run<T>(in StepArguments arguments) where T : unmanaged
    {
        var view = (ScaleView)arguments.State!;
        T* zero = arguments.Inputs.Length > 2 ? (T*)arguments.Inputs[2].Data : null;
        Ranges.Run(arguments.Team, view.Stretches, Ranges.LeastMoved(QuantizeLinear.Average(arguments.Outputs[0], view)),
            new Stretches<T>(view, (T*)arguments.Inputs[0].Data, arguments.Inputs[1].F32, zero, arguments.Outputs[0].F32));
    }

    private readonly struct NarrowStretches(ScaleView view, TensorView x, float* scales, byte* zeros, float* y) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            for (long s = first; s < last; s++)
            {
                (long start, long count, long scale) = view.At(s);
                for (long i = 0; i < count; i++)
                {
                    long place = scale + i * view.Step;
                    y[start + i] = (One(x.Data[start + i]) - (zeros == null ? 0 : One(zeros[place]))) * scales[place];
                }
            }
        }

        private float One(byte code)
        {
            if (ElementTypes.IsNarrowFloat(x.Type)) return NarrowFloats.ToSingle(x.Type, code);
            return SmallIntegers.At(&code, x.Type, 0);
        }
    }

    private readonly struct Stretches<T>(ScaleView view, T* x, float* scales, T* zeros, float* y) : IRange where T : unmanaged
    {
        public void Do(long first, long last, int slot)
        {
            for (long s = first; s < last; s++)
            {
                (long start, long count, long scale) = view.At(s);
                if (view.Step == 0) Row(x + start, y + start, count, scales[scale], zeros == null ? 0 : SmallIntegers.One(zeros + scale));
                else
                    for (long i = 0; i < count; i++)
                        y[start + i] = (SmallIntegers.One(x + start + i) - (zeros == null ? 0 : SmallIntegers.One(zeros + scale + i))) * scales[scale + i];
            }
        }

        [MethodImpl(Compile.Loop)]
        private static void Row(T* x, float* y, long count, float scale, int zero)
        {
            long i = 0;
            if (Vector128.IsHardwareAccelerated && Lanes.Isa >= Isa.Vector128)
                for (; i + 4 <= count; i += 4)
                    (Vector128.ConvertToSingle(SmallIntegers.Four(x + i) - Vector128.Create(zero)) * Vector128.Create(scale)).Store(y + i);
            for (; i < count; i++) y[i] = (SmallIntegers.One(x + i) - zero) * scale;
        }
    }
}
