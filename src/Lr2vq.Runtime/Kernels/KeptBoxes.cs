using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lr2vq.Kernels;

/// <summary>Boxes that were taken, in blocks of neighbours, and whether one of them overlaps with another box too much.</summary>
/// <remarks>A block whose bounds a box does not touch is left out. That changes no answer, so that it does not matter which boxes share a block: those that begin in the
/// same strip of the plane do. Every answer is that of the definition: the formula is computed with its own roundings wherever it may say yes.</remarks>
/// <param name="memory">As many bytes as <see cref="ByteLength"/> says.</param>
/// <param name="most">How many boxes are added at most.</param>
/// <param name="part">A box is covered if what it shares with one that was taken is more than this part of what they cover together.</param>
internal unsafe struct KeptBoxes(byte* memory, int most, float part)
{
    private const int BlockLength = 32, MostStrips = 128, FullStrips = 64, BoundsLength = 16;

    private readonly int _stride = (int)Stride(most);
    private readonly Block* _block = (Block*)memory;
    /// <summary>Of blocks, of boxes, of strips.</summary>
    private int _count, _boxes, _strips;
    private float _from, _width;

    /// <summary>The outermost sides of what is in a block, block beside block: all left ones, then right, top, bottom.</summary>
    private readonly float* Bounds => (float*)(_block + Blocks(most));
    /// <summary>How many boxes a block has.</summary>
    private readonly int* Counts => (int*)(Bounds + 4 * _stride);
    /// <summary>The block of a strip that has room; −1 where there is none.</summary>
    private readonly int* Open => Counts + _stride;

    [StructLayout(LayoutKind.Sequential)]
    private struct Block
    {
        public fixed float Left[BlockLength], Right[BlockLength], Top[BlockLength], Bottom[BlockLength], Area[BlockLength];
    }

    /// <summary>Of the memory for some boxes.</summary>
    public static long ByteLength(int most)
    {
        long blocks = Blocks(most);
        return blocks * sizeof(Block) + Stride(most) * (4 * sizeof(float) + sizeof(int)) + MostStrips * sizeof(int);
    }

    /// <summary>Of every strip, the wider ones of before among them, one block may have room.</summary>
    private static int Blocks(int most) => Math.Min(most, most / BlockLength + 2 * MostStrips);

    private static long Stride(int most) => BoundsLength * ((Blocks(most) + BoundsLength - 1L) / BoundsLength);

    /// <summary>Forgets all boxes; those that follow begin somewhere between two places, or it takes longer.</summary>
    public void Clear(float from, float to)
    {
        (_count, _boxes, _strips) = (0, 0, 1);
        (_from, _width) = (from, to - from);
        Open[0] = -1;
    }

    public void Add(in BoxSides box)
    {
        if (!box.CanOverlap) return;
        if (_boxes++ == FullStrips * _strips && _strips < MostStrips) new Span<int>(Open, _strips *= 2).Fill(-1);
        float place = (box.Left - _from) / _width * _strips;
        int strip = place > 0 ? place < _strips ? (int)place : _strips - 1 : 0, at = Open[strip];
        if (at < 0)
        {
            Open[strip] = at = _count++;
            // What is not there yet touches nothing.
            new Span<float>(_block[at].Left, BlockLength).Fill(float.PositiveInfinity);
            new Span<float>(_block[at].Right, BlockLength).Fill(float.NegativeInfinity);
            new Span<float>(_block[at].Top, 3 * BlockLength).Clear();
            Counts[at] = 0;
            if (at % BoundsLength == 0)
                for (int side = 0; side < 4; side++) new Span<float>(Bounds + side * _stride + at, BoundsLength).Fill(side % 2 == 0 ? float.PositiveInfinity : float.NegativeInfinity);
        }
        Block* block = _block + at;
        int i = Counts[at]++;
        (block->Left[i], block->Right[i], block->Top[i], block->Bottom[i], block->Area[i]) = (box.Left, box.Right, box.Top, box.Bottom, box.Area);
        float* bounds = Bounds + at;
        bounds[0] = Math.Min(bounds[0], box.Left);
        bounds[_stride] = Math.Max(bounds[_stride], box.Right);
        bounds[2 * _stride] = Math.Min(bounds[2 * _stride], box.Top);
        bounds[3 * _stride] = Math.Max(bounds[3 * _stride], box.Bottom);
        if (i + 1 == BlockLength) Open[strip] = -1;
    }

    /// <summary>True if a box that was added overlaps with this one too much.</summary>
    [MethodImpl(Compile.Loop)]
    public readonly bool Cover<L, V>(in BoxSides box) where L : struct, ILanes<V> where V : struct
    {
        if (!box.CanOverlap) return false;
        V left = L.Splat(box.Left), right = L.Splat(box.Right), top = L.Splat(box.Top), bottom = L.Splat(box.Bottom), area = L.Splat(box.Area), wanted = L.Splat(part), bound = L.Splat(Bound(box.Area));
        float* bounds = Bounds;
        int stride = _stride;
        for (int first = 0; first < _count; first += L.Count, bounds += L.Count)
        {
            V touched = L.And(L.And(L.Less(L.Load(bounds), right), L.Less(left, L.Load(bounds + stride))), L.And(L.Less(L.Load(bounds + 2 * stride), bottom), L.Less(top, L.Load(bounds + 3 * stride))));
            for (uint open = L.MaskBits(touched); open != 0; open &= open - 1)
            {
                int at = first + BitOperations.TrailingZeroCount(open);
                Block* block = _block + at;
                for (int i = 0; i < Counts[at]; i += L.Count)
                {
                    V width = L.Max(L.Sub(L.Min(L.Load(block->Right + i), right), L.Max(L.Load(block->Left + i), left)), L.Zero);
                    V height = L.Max(L.Sub(L.Min(L.Load(block->Bottom + i), bottom), L.Max(L.Load(block->Top + i), top)), L.Zero);
                    V shared = L.Mul(width, height), together = L.Sub(L.Add(area, L.Load(block->Area + i)), shared);
                    // A division takes longer than all the rest, and most boxes are far from the threshold.
                    if (L.MaskBits(L.Less(L.Mul(bound, together), shared)) == 0) continue;
                    if (L.MaskBits(L.And(L.And(L.Less(L.Zero, shared), L.Less(L.Zero, together)), L.Less(wanted, L.Div(shared, together)))) != 0) return true;
                }
            }
        }
        return false;
    }

    /// <summary>A little less than the part: what two boxes share is more than this times what they cover together, or their quotient is not more than the part, however
    /// both were rounded. Where the product may be subnormal, whose roundings are not small, that is said of nearly nothing.</summary>
    private readonly float Bound(float area) => !(part >= 0) ? -1 : part < 1e-6f || area < 1e-24f ? 0 : part * (1 - 1e-6f);
}
