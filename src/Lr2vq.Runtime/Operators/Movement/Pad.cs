using System;
using System.Runtime.CompilerServices;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Pad: adds (or, below 0, takes away) a border.</summary>
/// <remarks>(x, value?) → (y), any type but text, plain; f32 also blocked when only axes 2 and 3 are padded. Attributes pads (expressions; begins of all axes,
/// then ends), mode (constant, reflect, edge or wrap; constant), value (float, 0; what a constant border holds when input 1 is absent).
/// Or (x, value?, pads, axes?) → (y), i32 or i64, plain, without the attribute pads: borders as ONNX has them, which must lead to the shape of y.</remarks>
public sealed unsafe class Pad : Operator, IOperator<Pad>
{
    private readonly Dimension[] _pads;
    private readonly string _mode;
    private readonly float _value;

    private Pad(Dimension[] pads, string mode, float value) => (_pads, _mode, _value) = (pads, mode, value);

    /// <inheritdoc/>
    public static Pad Read(StepAttributes attributes) =>
        new(attributes.Dimensions("pads"), attributes.Text("mode", "constant"), attributes.Float("value", 0f));

    internal override (int First, int Last) CheckedInputs => (2, 3);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostInputs: 4);
        RuleTensor x = rules.Input(0).IsSized(), y = rules.Output(0).IsLike(x.Type).HasLayout(x.Layout).HasRank(x.Rank);
        StepRules.Require(_mode is "constant" or "edge" or "wrap" or "reflect", $"the mode '{_mode}' is not known");
        bool isData = rules.InputCount > 2;
        if (isData) CheckData(rules, x);
        else StepRules.Require(_pads.Length == 2 * x.Rank, FormattableString.Invariant($"it has {_pads.Length} borders for {x.Rank} dimensions"));
        for (int d = 0; d < x.Rank; d++)
        {
            if (!isData)
            {
                Extent begin = rules.Evaluate(_pads[d]), end = rules.Evaluate(_pads[x.Rank + d]), length = x[d] + begin + end;
                StepRules.Equal(y[d], length, "the length of the output and that of the input with its borders");
                StepRules.Require(!x.IsBlocked || d >= 2 || (begin.Value == 0 && end.Value == 0), "it pads a blocked axis");
            }
            // Nothing can be repeated that is not there.
            if (_mode != "constant" && y[d].Value > 0) StepRules.Within(x[d], 1, int.MaxValue, "a length of the input");
            rules.Table(y[d], sizeof(long));
        }
        if (rules.Has(1)) rules.Input(1).IsLike(x.Type).IsPlain().HasCount(1);
        // The byte 0 is no zero there.
        StepRules.Require(rules.Has(1) || _mode != "constant" || x.Type != ElementType.Float8E8M0, "the number to fill with is missing");
    }

    private void CheckData(in StepRules rules, RuleTensor x)
    {
        rules.Plain();
        StepRules.Require(_pads.Length == 0, "its borders are both an attribute and data");
        DataRules.Numbers(rules, 2, (rules.Has(3) ? DataRules.Axes(rules, 3, x.Rank) : x.Rank) * 2);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        if (shapes.Inputs.Length > 2) return new(State: new DataState(shapes.Inputs[0].Rank + (int)shapes.Inputs[2].Length));
        long[] begins = new long[shapes.Outputs[0].Rank];
        for (int d = 0; d < begins.Length; d++) begins[d] = shapes.Evaluate(_pads[d]);
        return new(State: Copy(shapes.Inputs[0], shapes.Outputs[0], begins));
    }

    private IndexedCopy Copy(in TensorView from, in TensorView to, ReadOnlySpan<long> begins)
    {
        long[] x = StoredShape.Of(from), y = StoredShape.Of(to);
        long[][] maps = new long[y.Length][];
        for (int d = 0; d < y.Length; d++)
        {
            maps[d] = new long[y[d]];
            long begin = d < begins.Length ? begins[d] : 0;
            for (long i = 0; i < y[d]; i++) maps[d][i] = Source(i - begin, x[d]);
        }
        return new IndexedCopy(x, y, maps, ElementTypes.ByteLength(to.Type));
    }

    private IndexedCopy Resolve(in StepArguments arguments, DataState data)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        bool names = arguments.Inputs.Length > 3 && arguments.Inputs[3].Type != ElementType.Undefined;
        IndexReader pads = new(arguments.Inputs[2]);
        int count = (int)arguments.Inputs[2].Length / 2;
        Span<long> numbers = stackalloc long[x.Rank + 2 * count];
        numbers.Clear();
        uint taken = 0;
        for (int i = 0; i < count; i++)
        {
            int axis = names ? DataRules.Axis(new(arguments.Inputs[3]), i, x.Rank, ref taken) : i;
            (numbers[axis], numbers[x.Rank + i], numbers[x.Rank + count + i]) = (pads.Raw(i), axis, pads.Raw(count + i));
        }
        if (data.IsFor(numbers)) return (IndexedCopy)data.Made!;
        taken = 0;
        for (int i = 0; i < count; i++)
        {
            int axis = (int)numbers[x.Rank + i];
            taken |= 1u << axis;
            Int128 length = (Int128)x.Shape[axis] + numbers[axis] + numbers[x.Rank + count + i];
            if (length != y.Shape[axis]) throw DataRules.Differs(axis, length, y.Shape[axis]);
            if (numbers[axis] is < int.MinValue or > int.MaxValue) throw new IndexOutsideException(FormattableString.Invariant($"a border of {numbers[axis]} is too long"));
        }
        for (int axis = 0; axis < x.Rank; axis++)
            if ((taken >> axis & 1) == 0 && x.Shape[axis] != y.Shape[axis]) throw DataRules.Differs(axis, x.Shape[axis], y.Shape[axis]);
        IndexedCopy copy = Copy(x, y, numbers[..x.Rank]);
        data.Keep(numbers, copy);
        return copy;
    }

    /// <summary>The index in an axis of <paramref name="length"/> that stands at <paramref name="i"/>; −1 for the constant.</summary>
    private long Source(long i, long length)
    {
        if (i >= 0 && i < length) return i;
        switch (_mode)
        {
            case "constant": return -1;
            case "edge": return i < 0 ? 0 : length - 1;
            case "wrap": return ((i % length) + length) % length;
            case "reflect":
                if (length == 1) return 0;
                long period = 2 * (length - 1), at = ((i % period) + period) % period;
                return at < length ? at : period - at;
            default: throw new FormatException($"Pad mode '{_mode}' is not known.");
        }
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        ulong value = 0;
        if (arguments.Inputs.Length > 1 && arguments.Inputs[1].Data != null)
            Unsafe.CopyBlockUnaligned(&value, arguments.Inputs[1].Data, (uint)ElementTypes.ByteLength(y.Type));
        else if (y.Type == ElementType.Float32) value = BitConverter.SingleToUInt32Bits(_value);
        IndexedCopy copy = arguments.State is DataState data ? Resolve(arguments, data) : (IndexedCopy)arguments.State!;
        copy.Run(arguments.Team, arguments.Inputs[0].Data, y.Data, &value);
        if (value != 0) PadLanes.Clear(y);
    }
}
