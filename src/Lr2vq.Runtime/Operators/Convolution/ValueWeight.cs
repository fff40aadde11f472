using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>A weight that is no constant: computed by an earlier step, dense f32 in ONNX's order. Belongs to one session.</summary>
internal sealed unsafe class ValueWeight(WeightRole role, int[] shape, int groups)
    : WeightTensor("", role, ElementType.Float32, shape, groups)
{
    public float* Values { get; set; }

    public override TensorFormat Format => TensorFormat.Dense;

    public override void DecodeRows(int first, int count, float* destination, long stride)
    {
        int taps = KernelHeight * KernelWidth, perGroup = Rows / Groups;
        for (int r = first; r < first + count; r++, destination += stride)
            switch (Role)
            {
                case WeightRole.ConvTranspose:
                    // [input channel of all groups][output channel of the group][tap]
                    for (int i = 0; i < Inputs; i++)
                        for (int tap = 0; tap < taps; tap++)
                            destination[i * taps + tap] = Values[(((long)(r / perGroup) * Inputs + i) * perGroup + r % perGroup) * taps + tap];
                    break;
                case WeightRole.MatMul:
                    for (int i = 0; i < Inputs; i++) destination[i] = Values[(long)i * Rows + r];
                    break;
                default:
                    new Span<float>(Values + (long)r * Columns, Columns).CopyTo(new Span<float>(destination, Columns));
                    break;
            }
    }
}
