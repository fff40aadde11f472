namespace Lr2vq.Codecs;

/// <summary>Neighbouring weights of a row that share a scale.</summary>
internal static unsafe class ScaleGroups
{
    /// <summary>Groups in a row; in 64 bits, because a group may be longer than any row.</summary>
    public static int CountIn(long columns, int group) => (int)((columns + group - 1) / group);

    /// <summary>The group of each vector of a row block, in the payload's memory.</summary>
    public static int* OfVectors(in TensorPayload payload, PanelOrder order, int group)
    {
        int* groups = (int*)payload.Memory.Allocate(order.Columns * sizeof(int));
        for (int i = 0; i < order.Inputs; i++)
            for (int tap = 0; tap < order.Taps; tap++)
                groups[order.VectorOf(i, tap)] = (int)(((long)i * order.Taps + tap) / group);
        return groups;
    }
}
