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

    /// <summary>The scales in the payload's memory as panels meet them: [row block][scale of a row][16 rows].</summary>
    /// <param name="perRow">Scales of a row.</param>
    public static float* Open(in TensorPayload payload, PanelOrder order, int perRow, float multiplier)
    {
        float* rows = RowScales.Open(payload, payload.DenseData, (long)order.Rows * perRow, multiplier);
        float* scales = payload.Memory.AllocateFloats((long)order.RowBlocks * perRow * PanelOrder.Lanes);
        for (int row = 0; row < order.Rows; row++)
            for (int s = 0; s < perRow; s++)
                scales[((long)(row / PanelOrder.Lanes) * perRow + s) * PanelOrder.Lanes + row % PanelOrder.Lanes] = rows[(long)row * perRow + s];
        return scales;
    }
}
