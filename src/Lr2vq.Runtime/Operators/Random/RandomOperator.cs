using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Numbers that a generator draws.</summary>
/// <remarks>(turn i64…) → (y f32), plain. Attribute seed (two numbers of 32 bits). The seed, the numbers of the turns of the loops around, outermost first, and the place of an element
/// decide it, nothing else: each call gives the same.</remarks>
public abstract class RandomOperator : Operator
{
    /// <summary>Elements of a block of the generator.</summary>
    private protected const int BlockLength = 4;

    private readonly ulong _key;

    private protected RandomOperator(StepAttributes attributes)
    {
        int[] seed = attributes.Ints("seed", 0, 0);
        if (seed.Length != 2) throw new FormatException("Attribute seed is not two numbers");
        _key = (uint)seed[0] | (ulong)(uint)seed[1] << 32;
    }

    internal override void Check(in StepRules rules)
    {
        StepRules.Require(rules.OutputCount == 1, "it has more than one output");
        for (int i = 0; i < rules.InputCount; i++) rules.Input(i).IsLike(ElementType.Int64).IsPlain().HasShape();
        rules.Output(0).IsLike(ElementType.Float32).IsPlain();
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        ulong stream = 0;
        foreach (ref readonly TensorView turn in arguments.Inputs) stream = stream * 0x9E3779B97F4A7C15 + (ulong)*turn.I64 + 1;
        float* y = arguments.Outputs[0].F32;
        long length = arguments.Outputs[0].Length;
        Span<uint> words = stackalloc uint[BlockLength];
        Span<float> numbers = stackalloc float[BlockLength];
        for (long i = 0; i < length; i += BlockLength)
        {
            Philox.Words((ulong)(i / BlockLength), stream, _key, words);
            Draw(words, numbers);
            int count = (int)Math.Min(BlockLength, length - i);
            for (int n = 0; n < count; n++) y[i + n] = numbers[n];
        }
    }

    /// <summary>Makes four numbers of four words.</summary>
    private protected abstract void Draw(ReadOnlySpan<uint> words, Span<float> numbers);
}
