using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>How many integers and answers of a quantized network are those of ONNX Runtime. The first output is the answer, as floats; outputs of u8 are counted.</summary>
internal sealed class QuantizedAgreement
{
    public long Integers { get; private set; }

    public long EqualIntegers { get; private set; }

    /// <summary>Integers that differ by more than one.</summary>
    public long FarIntegers { get; private set; }

    public int Pictures { get; private set; }

    public int EqualAnswers { get; private set; }

    public double Share => (double)EqualIntegers / Integers;

    /// <summary>Counts the outputs for one picture.</summary>
    public void Add(HostTensor[] expected, HostTensor[] found)
    {
        Pictures++;
        if (Best(expected[0]) == Best(found[0])) EqualAnswers++;
        for (int o = 1; o < expected.Length; o++)
        {
            if (found[o].Type != ElementType.UInt8 || !expected[o].Shape.AsSpan().SequenceEqual(found[o].Shape))
                throw new InvalidOperationException($"output {o} is {found[o].Type} [{string.Join(',', found[o].Shape)}], not {expected[o].Type} [{string.Join(',', expected[o].Shape)}]");
            ReadOnlySpan<byte> there = expected[o].Bytes, here = found[o].Bytes;
            Integers += there.Length;
            for (int i = 0; i < there.Length; i++)
            {
                int apart = Math.Abs(there[i] - here[i]);
                if (apart == 0) EqualIntegers++;
                else if (apart > 1) FarIntegers++;
            }
        }
    }

    /// <summary>The place of the largest number; of equal ones the first.</summary>
    public static int Best(HostTensor logits)
    {
        ReadOnlySpan<float> values = logits.Values<float>();
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best]) best = i;
        return best;
    }

    public override string ToString() => FormattableString.Invariant($"{Share:p4} of {Integers} integers, {FarIntegers} by more than one, {EqualAnswers} of {Pictures} answers");
}
