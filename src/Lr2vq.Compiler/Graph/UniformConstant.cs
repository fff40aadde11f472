using System;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>One value everywhere; takes no memory.</summary>
/// <param name="element">The little-endian bytes of the value.</param>
internal sealed class UniformConstant(ElementType type, int[] shape, byte[] element) : ConstantTensor(type, shape)
{
    /// <summary>The value as a scalar.</summary>
    public ConstantTensor Element => new MemoryConstant(Type, [], element);

    public override void ReadRaw(Span<byte> destination, long first = 0)
    {
        int size = ElementTypes.ByteLength(Type);
        for (int i = 0; i < destination.Length; i++) destination[i] = element[i % size];
    }
}
