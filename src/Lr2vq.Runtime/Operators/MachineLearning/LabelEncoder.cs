using System;
using System.Numerics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ai.onnx.ml LabelEncoder of numbers: replaces each element that is a key by the key's value, others by a default.</summary>
/// <remarks>(x, keys [K] of the type of x, values [K + 1], the last the default) → (y), f32 or i64 both, plain. Keys ascend, NaN comes last and is found by NaN.</remarks>
public sealed unsafe class LabelEncoder : Operator, IOperator<LabelEncoder>
{
    private LabelEncoder() { }

    /// <inheritdoc/>
    public static LabelEncoder Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(3, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).Is(ElementType.Float32, ElementType.Int64), keys = rules.Input(1).IsLike(x.Type).HasRank(1), values = rules.Input(2).Is(ElementType.Float32, ElementType.Int64).HasRank(1);
        values.HasCount(keys[0] + 1);
        rules.Output(0).IsLike(values.Type).HasShape(x.Shape);
    }

    internal override void Run(in StepArguments arguments)
    {
        if (arguments.Inputs[0].Type == ElementType.Float32) Encode<float>(arguments);
        else Encode<long>(arguments);
    }

    private static void Encode<TKey>(in StepArguments arguments) where TKey : unmanaged, INumber<TKey>
    {
        if (arguments.Outputs[0].Type == ElementType.Float32) Encode<TKey, float>(arguments);
        else Encode<TKey, long>(arguments);
    }

    private static void Encode<TKey, TValue>(in StepArguments arguments) where TKey : unmanaged, INumber<TKey> where TValue : unmanaged
    {
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        int keys = inputs[1].Shape[0];
        Ranges.Run(arguments.Team, inputs[0].Length, Ranges.Least(8), new Elements<TKey, TValue>((TKey*)inputs[0].Data, (TKey*)inputs[1].Data, keys, (TValue*)inputs[2].Data, (TValue*)arguments.Outputs[0].Data));
    }

    private readonly struct Elements<TKey, TValue>(TKey* x, TKey* keys, int count, TValue* values, TValue* y) : IRange where TKey : unmanaged, INumber<TKey> where TValue : unmanaged
    {
        public void Do(long first, long last, int slot)
        {
            for (long i = first; i < last; i++) y[i] = values[Find(x[i])];
        }

        /// <summary>Place of a key; that of the default if it is none.</summary>
        private int Find(TKey key)
        {
            if (TKey.IsNaN(key)) return count > 0 && TKey.IsNaN(keys[count - 1]) ? count - 1 : count;
            int low = 0, high = count;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (keys[middle] < key) low = middle + 1;
                else high = middle;
            }
            return low < count && keys[low] == key ? low : count;
        }
    }
}
