using System;

namespace Lr2vq.Codecs;

/// <summary>A weight as bytes that name subvectors of whole input channels, for kernels that work with the entries themselves.</summary>
/// <param name="m">Input channels of a subvector.</param>
/// <param name="count">Entries that a byte can name.</param>
/// <param name="entries">[count][m].</param>
/// <param name="scales">Null, or a factor for each row.</param>
internal sealed unsafe class ByteCodebook(SliceOrder order, int m, int count, byte* codes, float* entries, float* scales)
{
    public int M => m;
    public int Count => count;
    public float* Entries => entries;
    public float* Scales => scales;

    /// <summary>Groups of m input channels.</summary>
    public int Groups => order.Places / order.Taps;

    /// <summary>Codes of sixteen rows (at the end as many as there are) for a group: [tap][row].</summary>
    public byte* CodesOf(int block, int group)
    {
        int first = block * PanelOrder.Lanes;
        return codes + (long)first * order.Places + (long)group * order.Taps * Math.Min(PanelOrder.Lanes, order.Rows - first);
    }
}
