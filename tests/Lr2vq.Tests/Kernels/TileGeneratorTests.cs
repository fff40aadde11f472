using System;
using System.IO;
using System.Runtime.CompilerServices;
using Xunit;

namespace Lr2vq.Tests.Kernels;

public sealed class TileGeneratorTests
{
    /// <summary>After a change of a generator: LR2VQ_UPDATE=1 writes the file.</summary>
    [Theory]
    [InlineData("Tiles.g.cs")]
    [InlineData("DepthwiseTiles.g.cs")]
    [InlineData("AdvSimdTiles.g.cs")]
    public void The_checked_in_tiles_are_what_the_generator_writes(string file)
    {
        string path = Path.Combine(Repository(), "src", "Lr2vq.Runtime", "Kernels", file), tiles = file switch
        {
            "Tiles.g.cs" => TileGenerator.Write(),
            "AdvSimdTiles.g.cs" => AdvSimdTileGenerator.Write(),
            _ => DepthwiseGenerator.Write(),
        };
        if (Environment.GetEnvironmentVariable("LR2VQ_UPDATE") == "1") File.WriteAllText(path, tiles);
        Assert.Equal(tiles, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    private static string Repository([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
