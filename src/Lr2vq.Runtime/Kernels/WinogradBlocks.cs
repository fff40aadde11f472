using System;

namespace Lr2vq.Kernels;

/// <summary>How <see cref="WinogradConv"/> divides its tiles into blocks.</summary>
/// <param name="Tiles">Tiles of all images.</param>
/// <param name="Parts">Blocks of tiles.</param>
/// <param name="KeepsWeights">Transformed weights are made once for all blocks; else each block makes them again.</param>
internal readonly record struct WinogradBlocks(int Tiles, int Parts, bool KeepsWeights)
{
    private const long AllWeights = 6 << 20, FewWeights = 640 << 10, AllTiles = 3 << 20;
    private const int FewTiles = 14, ManyTiles = 28, MostTiles = 112;

    /// <param name="outputs">Output pixels on one side of a tile.</param>
    public static WinogradBlocks Of(in ConvGeometry g, int outputs)
    {
        int points = (outputs + 2) * (outputs + 2);
        int tiles = checked(g.Batch * ((g.OutputHeight + outputs - 1) / outputs) * ((g.OutputWidth + outputs - 1) / outputs));
        long tileFloats = points * 16L * ((g.InputChannels + 15) / 16);
        // Few weights are used again from the second-level cache by each small block of tiles; more of them come from beyond it, once for
        // each block; of very many the transform costs most.
        long weightBytes = points * 64L * g.InputChannels * ((g.OutputChannels + 15) / 16);
        bool single = tiles * tileFloats * 4 <= AllTiles && tiles <= (weightBytes <= FewWeights ? FewTiles : MostTiles);
        bool keeps = !single && weightBytes <= AllWeights;
        int most = single ? tiles
            : weightBytes <= FewWeights ? FewTiles
            : keeps ? ManyTiles
            : (int)Math.Clamp(AllTiles / (tileFloats * 4), Math.Min(FewTiles, tiles), tiles);
        return new(tiles, (tiles + most - 1) / most, keeps);
    }
}
