using System;
using System.Runtime.CompilerServices;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Pad: adds (or, below 0, takes away) a border.</summary>
/// <remarks>(x, value?) → (y), any type but text, plain; f32 also blocked when only axes 2 and 3 are padded. Attributes pads (expressions; begins of all axes,
/// then ends), mode (constant, reflect, edge or wrap; constant), value (float, 0; what a constant border holds when input 1 is absent).</remarks>
public sealed unsafe class Pad : Operator, IOperator<Pad>
{
    private readonly Dimension[] _pads;
    private readonly string _mode;
    private readonly float _value;

    private Pad(Dimension[] pads, string mode, float value) => (_pads, _mode, _value) = (pads, mode, value);

    /// <inheritdoc/>
    public static Pad Read(StepAttributes attributes) =>
        new(attributes.Dimensions("pads"), attributes.Text("mode", "constant"), attributes.Float("value", 0f));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostInputs: 2);
        RuleTensor x = rules.Input(0).IsSized(), y = rules.Output(0).IsLike(x.Type).HasLayout(x.Layout).HasRank(x.Rank);
        StepRules.Require(_mode is "constant" or "edge" or "wrap" or "reflect", $"the mode '{_mode}' is not known");
        StepRules.Require(_pads.Length == 2 * x.Rank, FormattableString.Invariant($"it has {_pads.Length} borders for {x.Rank} dimensions"));
        for (int d = 0; d < x.Rank; d++)
        {
            Extent begin = rules.Evaluate(_pads[d]), end = rules.Evaluate(_pads[x.Rank + d]), length = x[d] + begin + end;
            StepRules.Equal(y[d], length, "the length of the output and that of the input with its borders");
            StepRules.Require(!x.IsBlocked || d >= 2 || (begin.Value == 0 && end.Value == 0), "it pads a blocked axis");
            // Nothing can be repeated that is not there.
            if (_mode != "constant" && y[d].Value > 0) StepRules.Within(x[d], 1, int.MaxValue, "a length of the input");
            rules.Table(y[d], sizeof(long));
        }
        if (rules.Has(1)) rules.Input(1).IsLike(x.Type).IsPlain().HasCount(1);
        // The byte 0 is no zero there.
        StepRules.Require(rules.Has(1) || _mode != "constant" || x.Type != ElementType.Float8E8M0, "the number to fill with is missing");
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        long[] x = StoredShape.Of(shapes.Inputs[0]), y = StoredShape.Of(shapes.Outputs[0]);
        long[][] maps = new long[y.Length][];
        for (int d = 0; d < y.Length; d++)
        {
            maps[d] = new long[y[d]];
            long begin = d < _pads.Length / 2 ? shapes.Evaluate(_pads[d]) : 0;
            for (long i = 0; i < y[d]; i++) maps[d][i] = Source(i - begin, x[d]);
        }
        return new(State: new IndexedCopy(x, y, maps, ElementTypes.ByteLength(shapes.Outputs[0].Type)));
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
        ((IndexedCopy)arguments.State!).Run(arguments.Team, arguments.Inputs[0].Data, y.Data, &value);
        if (value != 0) PadLanes.Clear(y);
    }
}
