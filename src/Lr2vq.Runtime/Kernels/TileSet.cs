using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Lr2vq.Kernels;

/// <summary>The register tiles of one instruction set and one pixel step; cuts rows into them.</summary>
internal sealed unsafe class TileSet
{
    private const int MostPixels = 14;
    private readonly delegate*<Tile*, void>[] _tiles = new delegate*<Tile*, void>[5 * (MostPixels + 1)];
    private readonly delegate*<Tile*, void>[] _gathered = new delegate*<Tile*, void>[7];
    private readonly int _pixelStep;

    public TileSet(Isa isa, int pixelStep)
    {
        Shapes = new TileShapes(isa);
        _pixelStep = pixelStep is 1 or 2 or 8 or 16 or 32 ? pixelStep : throw new ArgumentOutOfRangeException(nameof(pixelStep));
        if (Shapes.Gathers)
            for (int pixels = 1; pixels <= Shapes.MostPixels(1); pixels++) _gathered[pixels] = Tiles.FindGathered<Lanes256, Vector256<float>>(pixels);
    }

    public TileShapes Shapes { get; }

    /// <summary>Says that <see cref="Row"/> will be called like this.</summary>
    public void Expect(int blocks, int width, int pixels)
    {
        if (!EarlyCompilation.IsUseful || blocks <= 0 || width <= 0) return;
        int vectors = Vectors(blocks);
        (_, int narrow, int wider) = Cut(vectors, width, pixels);
        EarlyCompilation.Add(Of(vectors, narrow));
        if (wider > 0) EarlyCompilation.Add(Of(vectors, narrow + 1));
    }

    /// <summary>Computes <paramref name="width"/> pixels, cut evenly into tiles of at most <paramref name="pixels"/>. X, Y, W, Bias and
    /// Residual of <paramref name="tile"/> name the first pixel and the first block; they are left as they were.</summary>
    public void Row(Tile* tile, int blocks, int width, int pixels, int pixelStep)
    {
        int vectors = Vectors(blocks);
        (int tiles, int narrow, int wider) = Cut(vectors, width, pixels);
        float* x = tile->X, y = tile->Y, w = tile->W, bias = tile->Bias, residual = tile->Residual;
        // One block may need several tiles: scalar code does four lanes at a time.
        int lanes = Math.Min(16, vectors * (int)Shapes.Isa);
        for (int lane = 0; lane < 16; lane += lanes)
        {
            tile->W = w + lane;
            tile->Bias = bias + lane;
            tile->X = x;
            tile->Y = y + lane;
            tile->Residual = residual == null ? null : residual + lane;
            if (wider > 0)
            {
                tile->Count = wider;
                Of(vectors, narrow + 1)(tile);
                long done = (long)wider * (narrow + 1);
                tile->X += done * pixelStep;
                tile->Y += done * tile->YStep;
                if (residual != null) tile->Residual += done * tile->YStep;
            }
            tile->Count = tiles - wider;
            Of(vectors, narrow)(tile);
        }
        tile->X = x;
        tile->Y = y;
        tile->W = w;
        tile->Bias = bias;
        tile->Residual = residual;
    }

    /// <summary>Computes <paramref name="count"/> pixels of one block, input pixel i at X + Offsets[i], cut evenly into tiles.</summary>
    public void Gathered(Tile* tile, int count)
    {
        int pixels = Shapes.MostPixels(1), tiles = (count + pixels - 1) / pixels, narrow = count / tiles, wider = count % tiles;
        int* offsets = tile->Offsets;
        float* y = tile->Y, residual = tile->Residual;
        if (wider > 0)
        {
            tile->Count = wider;
            _gathered[narrow + 1](tile);
            int done = wider * (narrow + 1);
            tile->Offsets += done;
            tile->Y += done * tile->YStep;
            if (residual != null) tile->Residual += done * tile->YStep;
        }
        tile->Count = tiles - wider;
        _gathered[narrow](tile);
        tile->Offsets = offsets;
        tile->Y = y;
        tile->Residual = residual;
    }

    /// <summary>The number of tiles of a row, the pixels of each, and how many of them have one more.</summary>
    private static (int Tiles, int Narrow, int Wider) Cut(int vectors, int width, int pixels)
    {
        int tiles = (width + pixels - 1) / pixels;
        // Tiles that are all alike are worth one more of them: the JIT takes as long for a tile as a small network runs.
        if (width % tiles != 0 && width % (tiles + 1) == 0 && vectors * (width / (tiles + 1)) >= 16) tiles++;
        return (tiles, width / tiles, width % tiles);
    }

    /// <summary>A tile, found when it is first asked for: a program uses a few of the many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private delegate*<Tile*, void> Of(int vectors, int pixels)
    {
        delegate*<Tile*, void> tile = _tiles[vectors * (MostPixels + 1) + pixels];
        return tile != null ? tile : Find(vectors, pixels);
    }

    private delegate*<Tile*, void> Find(int vectors, int pixels) => _tiles[vectors * (MostPixels + 1) + pixels] = _pixelStep switch
    {
        16 => Find<Step16>(Shapes.Isa, vectors, pixels),
        32 => Find<Step32>(Shapes.Isa, vectors, pixels),
        8 => Find<Step8>(Shapes.Isa, vectors, pixels),
        1 => Find<Step1>(Shapes.Isa, vectors, pixels),
        _ => Find<Step2>(Shapes.Isa, vectors, pixels),
    };

    private int Vectors(int blocks) => Shapes.Isa switch { Isa.Vector512 => blocks, Isa.Vector256 => 2 * blocks, _ => 4 };

    private static delegate*<Tile*, void> Find<P>(Isa isa, int vectors, int pixels) where P : struct, IPixelStep
    {
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) return Tiles.Find<Lanes512, Vector512<float>, P>(vectors, pixels);
        if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) return Tiles.Find<Lanes256, Vector256<float>, P>(vectors, pixels);
        if (AdvSimd.Arm64.IsSupported && isa == Isa.Vector128) return AdvSimdTiles.Find<P>(pixels);
        if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) return Tiles.Find<Lanes128, Vector128<float>, P>(vectors, pixels);
        return Tiles.Find<Lanes1, float, P>(vectors, pixels);
    }
}
