using System.Runtime.InteropServices;

namespace Lr2vq.Codecs;

/// <summary>A pointwise weight whose input channels, d for each group, are put into another order: sixteen groups become d blocks of
/// sixteen channels, each with one number of every group. So the lanes of a block are groups.</summary>
/// <param name="inner">Input channel g·d + c is number c of group g. Its panels of whole groups need no scratch memory.</param>
internal sealed unsafe class GroupBlocks(WeightTensor inner, int d)
    : WeightTensor(inner.Name, inner.Role, inner.Type, inner.Shape, inner.Groups)
{
    private const int Lanes = PanelOrder.Lanes;

    public override TensorFormat Format => inner.Format;

    public override void DecodeRows(int first, int count, float* destination, long stride)
    {
        float* row = (float*)NativeMemory.Alloc((nuint)Columns, sizeof(float));
        try
        {
            for (int r = 0; r < count; r++, destination += stride)
            {
                inner.DecodeRows(first + r, 1, row, Columns);
                for (int g = 0; g < Columns / d; g++)
                    for (int c = 0; c < d; c++) destination[(g / Lanes * d + c) * Lanes + g % Lanes] = row[g * d + c];
            }
        }
        finally
        {
            NativeMemory.Free(row);
        }
    }

    public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
    {
        for (int done = 0; done < inputs;)
        {
            int groups = (firstInput + done) / (Lanes * d), block = (firstInput + done) / Lanes % d;
            inner.DecodePanel16(first, groups * Lanes * d, Lanes * d, scratch, scratch + Lanes * Lanes * d);
            for (; block < d && done < inputs; block++, done += Lanes)
                for (int lane = 0; lane < Lanes; lane++, panel += Lanes)
                    NativeMemory.Copy(scratch + (lane * d + block) * Lanes, panel, Lanes * sizeof(float));
        }
    }
}
