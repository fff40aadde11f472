namespace Lr2vq.Kernels;

/// <summary>Where the input channels of a pointwise convolution are cut into slabs.</summary>
internal sealed partial record DirectPlan
{
    /// <summary>Most input channels of a slab: enough for loads and stores of the sums not to be felt.</summary>
    private const int SlabInputs = 144;
    /// <summary>Most blocks of output channels of a tile: more, and a slab of weights leaves no room for the input.</summary>
    private const int SlabTileBlocks = 2;
    /// <summary>Fewest tiles that use a slab.</summary>
    private const int SlabTiles = 4;

    /// <summary>Into how many slabs input channels are cut, and how many blocks each has. From shapes alone, never from the number of threads:
    /// a residual is added after the first slab.</summary>
    private static (int Slabs, int Blocks) CutInputs(in ConvGeometry g, int tileBlocks, int tilePixels)
    {
        int blocks = (g.GroupInputs + 15) / 16;
        if (tileBlocks > SlabTileBlocks || (long)g.OutputHeight * g.OutputWidth < SlabTiles * tilePixels) return (1, blocks);
        int slabs = (blocks * 16 + SlabInputs - 1) / SlabInputs, each = (blocks + slabs - 1) / slabs;
        return ((blocks + each - 1) / each, each);
    }
}
